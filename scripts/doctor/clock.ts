import { failed, odd, off, ok, type Finding } from './finding.ts';

const odd_seconds = 60;
/** Signed requests older than this are refused, by us and by others. */
const failed_seconds = 300;

/** Against the clocks of everybody who was asked; the median, for one of them may be wrong itself. */
export function examineClock(skews: ReadonlyMap<string, number>): Finding {
  const sorted = [...skews].toSorted(([, a], [, b]) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) return off('Clock', 'Nobody was asked whose clock could be compared.');
  const [host, skew_ms] = middle;
  const seconds = Math.round(Math.abs(skew_ms) / 1_000);
  const said = `${seconds} s ${skew_ms > 0 ? 'behind' : 'ahead of'} ${host}`;
  if (seconds > failed_seconds) return failed('Clock', `This machine is ${said}: signatures with a time are refused. Set its clock (NTP).`);
  if (seconds > odd_seconds)
    return odd('Clock', `This machine is ${said}. At ${failed_seconds} s signatures are refused. Set its clock (NTP).`);
  return ok('Clock', `Within ${odd_seconds} s of ${host}.`);
}
