/** Three steps of cells, each with one cell left open: bits taken away. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 18 18" aria-hidden="true">
      <rect x="1" y="12" width="5" height="5" rx="1" />
      <rect x="6.5" y="12" width="5" height="5" rx="1" />
      <rect className="o" x="12.6" y="12.6" width="3.8" height="3.8" rx=".6" />
      <rect x="6.5" y="6.5" width="5" height="5" rx="1" />
      <rect className="o" x="12.6" y="7.1" width="3.8" height="3.8" rx=".6" />
      <rect x="12" y="1" width="5" height="5" rx="1" />
    </svg>
  );
}
