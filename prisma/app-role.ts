/** The role the application runs as: it can neither change the audit nor delete what was decided. Made by migration 0002_laws. */
export const app_role = 'execops_app';
