export function CompareScreen() {
  return <main id="main" className="panes" />;
}
