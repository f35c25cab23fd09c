/** Asks a slow service when an order can be delivered. */
import { setTimeout } from 'node:timers/promises'

export type DeliveryService = () => Promise<string>

/** The service at the address; without an address, a stand-in that takes three seconds. */
export function deliveryService(address: string | undefined): DeliveryService {
  if (!address) return () => setTimeout(3000, 'Tomorrow before noon')
  return async () => {
    const answer = await fetch(address, { signal: AbortSignal.timeout(30_000) })
    if (!answer.ok) throw new Error(`the delivery service answered ${answer.status}`)
    return answer.text()
  }
}
