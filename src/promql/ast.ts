/** Placeholder: the expression union, tagged by `kind`, each node with its position. */
export interface Expr {
  readonly kind: string;
}
