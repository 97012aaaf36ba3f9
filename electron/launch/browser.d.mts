type Environment = Readonly<Record<string, string | undefined>>;
export function browserCandidates(platform: string, environment: Environment): readonly string[];
export function findBrowser(platform: string, environment: Environment, runs?: (path: string) => boolean): string | null;
export function hasDisplay(platform: string, environment: Environment): boolean;
export function windowArguments(address: string, profile: string, isRoot: boolean): readonly string[];
