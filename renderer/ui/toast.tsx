import { Check, Info, TriangleAlert, X } from 'lucide-react';
import { Toast as Base } from '@base-ui/react/toast';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

export interface ToastAction {
  readonly label: string;
  readonly onSelect: () => void;
}

export interface ToastContent {
  readonly tone: 'better' | 'worse' | 'plain';
  readonly title: string;
  readonly detail?: string;
  readonly actions?: readonly ToastAction[];
  /** Stays until dismissed; the default for a toast with actions or of bad news. */
  readonly stays?: boolean;
}

export const toastManager = Base.createToastManager<{ readonly content: ToastContent }>();

/** Shows a message at the bottom right. Returns what closes it. */
export function showToast(content: ToastContent): () => void {
  const stays = content.stays ?? (content.tone === 'worse' || (content.actions?.length ?? 0) > 0);
  const id = toastManager.add({
    title: content.title,
    description: content.detail,
    timeout: stays ? 0 : 5000,
    data: { content },
  });
  return () => toastManager.close(id);
}

const ICONS = { better: Check, worse: TriangleAlert, plain: Info } as const;

export function ToastViewport() {
  const { toasts, close } = Base.useToastManager<{ readonly content: ToastContent }>();
  return (
    <Base.Portal>
      <Base.Viewport className="toasts">
        {toasts.map((toast) => {
          const content = toast.data?.content;
          if (!content) return null;
          const choose = (action: ToastAction) => {
            close(toast.id);
            action.onSelect();
          };
          return (
            <Base.Root key={toast.id} toast={toast} className="toast rise" swipeDirection={[]}>
              <span className={content.tone === 'plain' ? 'soft' : content.tone}>
                <Icon of={ICONS[content.tone]} />
              </span>
              {/* Base UI's own urgent toasts are hidden from assistive technology while unfocused, buttons included. */}
              <div className="grow" role={content.tone === 'worse' ? 'alert' : undefined}>
                <Base.Title render={<b />} />
                {content.detail && <Base.Description className="soft" render={<div />} />}
                {content.actions && content.actions.length > 0 && (
                  <div className="row row-3">
                    {content.actions.map((action) => (
                      <button key={action.label} type="button" className="link" onClick={() => choose(action)}>
                        {action.label}
                      </button>
                    ))}
                  </div>
                )}
              </div>
              <IconButton icon={X} label="Dismiss" onClick={() => close(toast.id)} />
            </Base.Root>
          );
        })}
      </Base.Viewport>
    </Base.Portal>
  );
}
