export function ExportScreen() {
  return <main id="main" className="panes" />;
}
