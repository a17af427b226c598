/** The interface, built once more for a base path, beside the one that the other tests use. */
export const ui_below = { base_path: '/ops', build_dir: 'build/ui-below' };
