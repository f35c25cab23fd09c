/** What one of two racing requests has put into the session, and how long it held its own copy. */
export interface Choice {
  text: string
  loadedAt: Date
  savedAt: Date
}
