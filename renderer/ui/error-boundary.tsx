import { Component } from 'react';
import type { ErrorInfo, ReactNode } from 'react';
import { describeError } from '../../core/base/errors.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

interface ErrorBoundaryProps {
  /** What failed, as the start of a sentence: "This screen". */
  readonly what: string;
  readonly children: ReactNode;
}

/** A part that cannot be drawn says so and can be tried again; the project behind it is untouched. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly error: unknown }> {
  override readonly state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error: error ?? new Error('unknown') };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <main id="main" className="broken">
        <Notice tone="worse" title={`${this.props.what} cannot be drawn.`}>
          {describeError(this.state.error)} The project is kept.{' '}
          <Button size="small" onClick={() => this.setState({ error: null })}>
            Try again
          </Button>
        </Notice>
      </main>
    );
  }
}
