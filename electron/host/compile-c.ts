import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { CancelledError, StudioError } from '../../core/base/errors.ts';

const COMPILERS = ['cc', 'gcc', 'clang'] as const;
/** Float steps are rounded one by one: without the last, some compilers fuse a product with the sum behind it. */
const FLAGS = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-O3', '-ffp-contract=off'] as const;
const COMPILE_MS = 300_000;
const RUN_MS = 60_000;
/** Of what a compiler says, enough to act on. */
const COMPLAINT_CHARACTERS = 600;

/** A program made of C files. */
export interface CompiledC {
  /** Hands standard input to a new process and takes its standard output. */
  run(input: Uint8Array): Promise<Uint8Array>;
  /** Removes it; resolves when it is gone, and never rejects. */
  close(): Promise<void>;
}

/** The first C compiler of the search path, or null. */
export async function findCompiler(path: string = process.env['PATH'] ?? ''): Promise<string | null> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const name of COMPILERS) {
    // A relative entry would run whatever lies in the folder where the studio was started.
    for (const folder of path.split(delimiter).filter(isAbsolute)) {
      const program = join(folder, `${name}${suffix}`);
      if (await access(program, constants.X_OK).then(() => true, () => false)) return program;
    }
  }
  return null;
}

interface Ended {
  readonly code: number | null;
  readonly output: Uint8Array;
  readonly complaint: string;
  readonly late: boolean;
}

/** Runs a program without a shell; it is killed when its time is up or the work is cancelled. */
function execute(program: string, args: readonly string[], input: Uint8Array, cwd: string, limitMs: number, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new CancelledError());
    const child = spawn(program, args, { cwd, shell: false, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let complaint = '';
    let late = false;
    const kill = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, limitMs);
    signal.addEventListener('abort', kill, { once: true });
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
    };
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(0, COMPLAINT_CHARACTERS)));
    // A program that ends before it has read everything closes its standard input; its exit code says the rest.
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      end();
      reject(error);
    });
    child.on('close', (code) => {
      end();
      if (signal.aborted) reject(new CancelledError());
      else resolve({ code, output: new Uint8Array(Buffer.concat(output)), complaint: complaint.trim(), late });
    });
    child.stdin.end(input);
  });
}

/** Builds the first file, beside which the others lie, in a folder that `close` removes; a failed build leaves nothing behind. */
export async function compileC(
  compiler: string,
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  signal: AbortSignal,
  flags: readonly string[] = [],
): Promise<CompiledC> {
  const folder = await mkdtemp(join(tmpdir(), 'bitwright-c-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const file of files) {
      await mkdir(dirname(join(folder, file.path)), { recursive: true });
      await writeFile(join(folder, file.path), file.bytes);
    }
    const program = join(folder, process.platform === 'win32' ? 'network.exe' : 'network');
    const main = files[0].path;
    const { code, complaint, late } = await execute(compiler, [...FLAGS, ...flags, '-o', program, `./${main}`], new Uint8Array(), folder, COMPILE_MS, signal);
    if (late) throw new StudioError(`${compiler} took longer than ${COMPILE_MS / 60_000} minutes.`, { where: main });
    if (code !== 0) throw new StudioError(`${compiler} does not compile the written files: ${complaint}`, { where: main });
    return {
      run: async (input) => {
        const ended = await execute(program, [], input, folder, RUN_MS, signal);
        if (ended.late) throw new StudioError(`The compiled network took longer than ${RUN_MS / 1000} seconds for one sample.`, { where: main });
        if (ended.code !== 0) throw new StudioError(`The compiled network ended with code ${ended.code}. ${ended.complaint}`, { where: main });
        return ended.output;
      },
      close: () => remove().catch(() => {}),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
