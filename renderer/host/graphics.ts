/** As far as WebGPU describes an adapter; the DOM library of TypeScript may not know it yet. */
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

interface GraphicsApi {
  readonly requestAdapter: () => Promise<{ readonly info?: AdapterInfo; readonly isFallbackAdapter?: boolean } | null>;
}

/** Programs that pretend to be a graphics processor and run on the ordinary one. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|warp|software|basic render/i;

/** Name of a real graphics processor that WebGPU offers; null where there is none, or only one in software. */
export async function findGraphics(api: GraphicsApi | undefined = (globalThis.navigator as { gpu?: GraphicsApi } | undefined)?.gpu): Promise<string | null> {
  const adapter = await api?.requestAdapter().catch(() => null);
  if (!adapter) return null;
  const info = adapter.info ?? {};
  const names = [info.vendor, info.architecture, info.description].filter((name): name is string => Boolean(name));
  if (adapter.isFallbackAdapter || info.isFallbackAdapter || names.some((name) => SOFTWARE.test(name))) return null;
  return info.description || names.join(' ') || 'unnamed';
}
