// What each section of the benchmark gets

export interface Context {
  /** The stores that take part: keys of `contestants` */
  names: string[]
  settings: ReturnType<typeof import('../settings').settingsFrom>
  server: { uri: string; description: string }
  /** The server with fixed replies */
  wire: { uri: string; child: import('../child-processes').Child }
  /** Shows a line about what is being measured */
  progress(what: string): void
  /** What could not be measured, and why: a section adds to it */
  notes: string[]
}
