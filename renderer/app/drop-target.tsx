import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Download } from 'lucide-react';
import { openFiles, readAll } from '../commands/open-files.ts';
import { filesOfDrop } from '../commands/dropped.ts';
import { tellFailure } from '../commands/fail.ts';
import { Icon } from '../ui/icon.tsx';

/** The whole window takes files. */
export function DropTarget({ children }: { readonly children: ReactNode }) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.type === 'dragenter') depth.current++;
      setOver(true);
    };
    const leave = (): void => {
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      if (!event.dataTransfer) return;
      filesOfDrop(event.dataTransfer)
        .then(readAll)
        .then((files) => (files.length > 0 ? openFiles(files) : undefined))
        .catch((error: unknown) => tellFailure(error, 'Opening what was dropped'));
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragover', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragover', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return (
    <>
      {children}
      {over && (
        <div className="drop-veil" aria-hidden="true">
          <div className="drop drop-big">
            <Icon of={Download} size={20} />
            <b>Drop to open</b>
            <span>A model (ONNX, Keras, TensorFlow.js, TensorFlow Lite), a data set (IDX, CIFAR, NumPy, CSV, folders of images), both at once, or a project (.bitproj)</span>
          </div>
        </div>
      )}
    </>
  );
}
