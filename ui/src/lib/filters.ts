/** One choice above a list, kept in the address. */
export interface Filter {
  name: string;
  label: string;
  value: string;
  options: { value: string; name: string }[];
}
