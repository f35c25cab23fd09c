/** What one of two racing requests stores in the session, and when it loaded and saved it. */
export interface Choice {
  text: string
  loadedAt: Date
  savedAt: Date
}
