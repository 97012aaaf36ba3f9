export function StudioScreen() {
  return <main id="main" className="panes studio" />;
}
