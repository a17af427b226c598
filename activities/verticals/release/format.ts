/** How figures and times are written on cards and in messages. */

/** As exact as it was told, so that 2.01 % is never shown as 2 %. */
export function percentOf(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(12))} %`;
}

/** `2026-11-20 14:05 UTC`. */
export const minuteOf = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

export const shortSha = (sha: string): string => sha.slice(0, 7);
