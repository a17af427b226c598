/** How figures are written on cards and in messages. */

/** As exact as it was told, so that 2.01 % is never shown as 2 %. */
export function percentOf(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(12))} %`;
}

export const shortSha = (sha: string): string => sha.slice(0, 7);
