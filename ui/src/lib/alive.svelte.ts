/** Whether the page's script runs. Until then, and without it, a page offers only what works by itself. */
class Alive {
  yes = $state(false);
}

export const alive = new Alive();
