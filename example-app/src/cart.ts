/** The products of the shop, and the cart that a session holds. */

export interface Product {
  id: string
  name: string
  /** In cents. */
  price: number
}

/** How many of which product, by the product's id. */
export type Cart = Record<string, number>

export interface CartLine {
  product: Product
  quantity: number
}

export const PRODUCTS: readonly Product[] = [
  { id: 'tea', name: 'Mountain tea', price: 650 },
  { id: 'bread', name: 'Rye bread', price: 420 },
  { id: 'honey', name: 'Forest honey', price: 890 },
]

const MAX_QUANTITY = 99

export function findProduct(id: string): Product | undefined {
  return PRODUCTS.find((product) => product.id === id)
}

export function withOneMore(cart: Cart, { id }: Product): Cart {
  return { ...cart, [id]: Math.min((cart[id] ?? 0) + 1, MAX_QUANTITY) }
}

export function without(cart: Cart, { id }: Product): Cart {
  const { [id]: _removed, ...rest } = cart
  return rest
}

export function linesOf(cart: Cart): CartLine[] {
  return PRODUCTS.flatMap((product) => {
    const quantity = cart[product.id] ?? 0
    return quantity > 0 ? [{ product, quantity }] : []
  })
}

export function totalOf(cart: Cart): number {
  return linesOf(cart).reduce((sum, { product, quantity }) => sum + product.price * quantity, 0)
}
