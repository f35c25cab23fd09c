/** The products of the shop, and the cart that a session holds. */

export interface Product {
  id: string
  name: string
  about: string
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
  { id: 'tea', name: 'Mountain tea', about: 'Whole leaf, 80 g', price: 650 },
  { id: 'bread', name: 'Rye bread', about: 'Sourdough, 1 kg', price: 420 },
  { id: 'honey', name: 'Forest honey', about: 'Raw, 350 g', price: 890 },
  { id: 'coffee', name: 'House coffee', about: 'Medium roast, 250 g', price: 780 },
  { id: 'oil', name: 'Olive oil', about: 'Cold pressed, 500 ml', price: 1290 },
  { id: 'chocolate', name: 'Dark chocolate', about: '72 % cocoa, 100 g', price: 360 },
]

const MAX_QUANTITY = 99

export function findProduct(id: string): Product | undefined {
  return PRODUCTS.find((product) => product.id === id)
}

/** A new cart with so many more, or fewer, of the product. */
export function withMore(cart: Cart, { id }: Product, more: number): Cart {
  const { [id]: before = 0, ...others } = cart
  const quantity = Math.min(before + more, MAX_QUANTITY)
  return quantity > 0 ? { ...others, [id]: quantity } : others
}

export function linesOf(cart: Cart): CartLine[] {
  return PRODUCTS.flatMap((product) => {
    const quantity = cart[product.id] ?? 0
    return quantity > 0 ? [{ product, quantity }] : []
  })
}

export function countOf(cart: Cart): number {
  return linesOf(cart).reduce((count, { quantity }) => count + quantity, 0)
}

export function totalOf(cart: Cart): number {
  return linesOf(cart).reduce((sum, { product, quantity }) => sum + product.price * quantity, 0)
}
