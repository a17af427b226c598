import type { App as ExecOps, Person } from '#domain/app.ts';

declare global {
  namespace App {
    interface Locals {
      app: ExecOps;
      person: Person | null;
      /** Whole `Set-Cookie` values that the application wrote; the hook puts them on the response. */
      set_cookies: string[];
    }
    interface Platform {
      /** Express's request; the composition root in `api/` puts the application on it. */
      req: { execops: ExecOps; log?: { error(context: object, message: string): void } };
    }
  }
}

export {};
