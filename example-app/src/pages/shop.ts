/** The shop window, with the cart beside it. */
import type { Request } from 'express'
import {
  type Cart,
  type CartLine,
  cartLines,
  cartTotal,
  itemCount,
  PRODUCTS,
  type Product,
} from '../cart.js'
import { type Html, html } from '../html.js'
import { icon, page } from './layout.js'

export function shopPage(req: Request): string {
  const cart = req.session.cart ?? {}
  const main = html`
    <div class="lead">
      <h1>Good things to keep</h1>
      <p>Put something in your cart, then sign in: it comes along. Then look at
      <a href="/devices">your devices</a>, <a href="/race">a race of two requests</a>, and
      <a href="/inside">what is stored</a> for all this.</p>
    </div>
    <div class="shop">
      <section aria-labelledby="products-title">
        <h2 id="products-title" class="hidden">Products</h2>
        <ul class="products">${PRODUCTS.map(productCard)}</ul>
        ${summary(cart)}
      </section>
      ${cartCard(cart)}
    </div>`
  return page(req, 'Shop', main)
}

/** Between a number and its unit. */
const NO_BREAK = '\u00a0'

function productCard({ id, name, about, price }: Product): Html {
  return html`
    <li class="card product">
      <div class="picture">${icon(id)}</div>
      <h3>${name}</h3>
      <p class="muted">${about.replaceAll(/(?<=\d) /g, NO_BREAK)}</p>
      <form method="post" action="/cart/add" class="offer">
        <span class="price">${money(price)}</span>
        <button id="add-${id}" class="small" name="product" value="${id}" aria-label="Add ${name}">Add</button>
      </form>
    </li>`
}

/** Stays in view on narrow screens, which show the cart below the products. */
function summary(cart: Cart): Html | false {
  const count = itemCount(cart)
  if (count === 0) return false
  const items = `${count} ${count === 1 ? 'item' : 'items'}`
  return html`
    <a class="button summary" href="#cart">${items}, ${money(cartTotal(cart))}
    <span>See the cart</span></a>`
}

function cartCard(cart: Cart): Html {
  const lines = cartLines(cart)
  return html`
    <section id="cart" class="card cart" aria-labelledby="cart-title" tabindex="-1">
      <h2 id="cart-title">Your cart</h2>
      ${
        lines.length > 0
          ? html`
            <ul>${lines.map(cartLine)}</ul>
            <p class="total"><span>Total</span> <strong>${money(cartTotal(cart))}</strong></p>`
          : html`<p class="muted">Nothing in it yet.</p>`
      }
    </section>`
}

function cartLine({ product: { id, name, price }, quantity }: CartLine): Html {
  return html`
    <li>
      <span class="name">${name}</span>
      <form method="post">
        <button id="fewer-${id}" class="quiet round" name="product" value="${id}"
          formaction="/cart/fewer" aria-label="One ${name} fewer">−</button>
        <span class="count">${quantity}</span>
        <button id="more-${id}" class="quiet round" name="product" value="${id}"
          formaction="/cart/more" aria-label="One ${name} more">+</button>
      </form>
      <span class="price">${money(price * quantity)}</span>
    </li>`
}

function money(cents: number): string {
  return `€${(cents / 100).toFixed(2)}`
}
