/** HTML from template literals: values are escaped, unless they are such HTML themselves. */

export class Html {
  constructor(private readonly source: string) {}

  toString(): string {
    return this.source
  }
}

type Part = Html | string | number | false | undefined | readonly Part[]

/**
 * @example
 * html`<p>${'<script>'}</p>`.toString() // '<p>&#60;script&#62;</p>'
 */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(escaped)))
}

function escaped(part: Part): string {
  if (part instanceof Html) return part.toString()
  if (part === false || part === undefined) return ''
  if (typeof part === 'object') return part.map(escaped).join('')
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
