/** One choice above a list, kept in the address. */
export interface Filter {
  name: string;
  label: string;
  value: string;
  options: { value: string; name: string }[];
}

/** Words to look for in a list, kept in the address as `q`. */
export interface Search {
  label: string;
  value: string;
}
