/** Tests that need something this machine lacks say so and are skipped; where everything has to be tested (CI), lacking it is a failure. */
export function whenMissing(tests: string, reason: string): undefined {
  if (process.env.TEST_EVERYTHING === '1') throw new Error(`${tests} cannot run here: ${reason}.`);
  console.warn(`${tests} are skipped: ${reason}.`);
  return undefined;
}
