import type { ReactNode } from 'react';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Toast } from '@base-ui/react/toast';
import { Tooltip } from '@base-ui/react/tooltip';
import { ErrorBoundary } from './error-boundary.tsx';
import { ToastViewport, toastManager } from './toast.tsx';

/** Milliseconds of rest before a tooltip opens. */
const TOOLTIP_DELAY_MS = 400;

/** Once around the whole page. Base UI must not write <style> elements: the page's policy refuses them. */
export function UiProvider({ children }: { readonly children: ReactNode }) {
  return (
    <CSPProvider disableStyleElements>
      <Tooltip.Provider delay={TOOLTIP_DELAY_MS} closeDelay={0}>
        <Toast.Provider toastManager={toastManager}>
          <ErrorBoundary what="The studio">{children}</ErrorBoundary>
          <ToastViewport />
        </Toast.Provider>
      </Tooltip.Provider>
    </CSPProvider>
  );
}
