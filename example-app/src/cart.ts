/** The shop's products, and the cart in the session. */

export interface Product {
  id: string
  name: string
  about: string
  /** In cents. */
  price: number
}

/** Quantities by product id. */
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

/** A copy of the cart with another quantity of the product; a negative `change` removes some. */
export function changeQuantity(cart: Cart, { id }: Product, change: number): Cart {
  const { [id]: before = 0, ...others } = cart
  const quantity = Math.min(before + change, MAX_QUANTITY)
  return quantity > 0 ? { ...others, [id]: quantity } : others
}

export function cartLines(cart: Cart): CartLine[] {
  return PRODUCTS.flatMap((product) => {
    const quantity = cart[product.id] ?? 0
    return quantity > 0 ? [{ product, quantity }] : []
  })
}

export function itemCount(cart: Cart): number {
  return cartLines(cart).reduce((count, { quantity }) => count + quantity, 0)
}

export function cartTotal(cart: Cart): number {
  return cartLines(cart).reduce((sum, { product, quantity }) => sum + product.price * quantity, 0)
}
