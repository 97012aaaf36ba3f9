export function StartScreen() {
  return <main id="main" className="panes start" />;
}
