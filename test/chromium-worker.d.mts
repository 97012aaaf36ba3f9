export function runWorkerInChromium(options: {
  readonly entries: Readonly<Record<string, string>>;
  readonly message: unknown;
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly folders?: Readonly<Record<string, string>>;
  readonly onReport: (report: unknown) => void;
}): Promise<string>;
