/** How a setting's value is written in its field. A share is written as per cent. */
import type { SettingValue, SettingView } from '#domain/settings.ts';

type Written = Pick<SettingView, 'unit' | 'kind'>;

/** Far finer than any step, and coarse enough that 0.07 is 7. */
const digits = 1e6;
const rounded = (value: number): number => Math.round(value * digits) / digits;

const factorOf = ({ unit }: Written): number => (unit === 'share' ? 100 : 1);

export function unitOf({ unit }: Written): string {
  return unit === 'share' ? '%' : (unit ?? '');
}

export function toShown(setting: Written, value: SettingValue | null): string {
  if (typeof value === 'number') return String(rounded(value * factorOf(setting)));
  return value === null ? '' : String(value);
}

/** Null for what is no number. */
export function fromShown(setting: Written, typed: string): number | null {
  const value = Number(typed.replace(',', '.'));
  return typed.trim() === '' || !Number.isFinite(value) ? null : rounded(value / factorOf(setting));
}

/** `10 %`, `2 hours`, `on`, within a sentence. */
export function said(setting: Written, value: SettingValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (value === '') return 'nothing';
  return `${toShown(setting, value)} ${unitOf(setting)}`.trim();
}
