import { useEffect } from 'react';
import { dismissNotice } from '../state/session.ts';
import { useSession } from '../state/hooks.ts';
import { showToast } from '../ui/toast.tsx';

/** Shows what commands have to say. */
export function NoticeRelay() {
  const notices = useSession((state) => state.notices);
  useEffect(() => {
    for (const notice of notices) {
      dismissNotice(notice.id);
      showToast({
        tone: notice.tone === 'warn' ? 'worse' : notice.tone,
        title: notice.title,
        detail: notice.body,
        actions: notice.actions.map((action) => ({ label: action.label, onSelect: action.run })),
        stays: notice.sticky || notice.actions.length > 0,
      });
    }
  }, [notices]);
  return null;
}
