/** Where to go after sign-in: a path of this site, or `home`. `//host` and `/\host` are other sites to a browser. */
export function nextPath(wanted: string | null, home: string): string {
  if (wanted === null || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(wanted)) return home;
  const here = 'http://same.invalid';
  const url = URL.canParse(wanted, here) ? new URL(wanted, here) : null;
  // `/a/..//host` is `//host` once its dots are resolved.
  return url?.origin === here && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : home;
}
