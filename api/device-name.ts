import Bowser from 'bowser';

/** `Chrome on Android`, as a browser says of itself. */
export function deviceOf(user_agent: string | null): string {
  if (user_agent === null || user_agent === '') return 'A script';
  const { browser, os } = Bowser.parse(user_agent);
  if (browser.name === undefined || browser.name === '') return 'An unknown program';
  return os.name === undefined ? browser.name : `${browser.name} on ${os.name}`;
}
