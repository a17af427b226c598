/** The reader's time zone by its name, `Europe/Lisbon`. Only to be asked in a browser. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
