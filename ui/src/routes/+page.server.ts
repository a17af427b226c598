import { redirect } from '@sveltejs/kit';

import { inbox_path } from '#lib/paths.ts';

export function load() {
  redirect(307, inbox_path);
}
