/** What one of two racing requests stores in the session, and when it loaded and saved it. */
export interface RaceChoice {
  text: string
  loadedAt: Date
  savedAt: Date
}
