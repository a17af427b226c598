/** What commands that take options share: a wrong one is named, with what there is. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The options, or the arguments behind them, are not what the command takes. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const usage_code = 2;

/** The options as they were given. Throws a UsageError that says how the command is used. */
export function readOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false, strict: true }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, { cause: error });
  }
}

/** Runs a command to its exit code: 2 for what was asked wrongly, 1 for what went wrong. */
export async function runCommand(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof UsageError ? usage_code : 1;
  }
}
