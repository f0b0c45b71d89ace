/**
 * What nodes tell each other while they run: figures, what is on the feed, who is there. Of no consequence when it is lost.
 */
export interface Bus {
  /** To all nodes, this one too. Never rejects; lost while the bus is away. */
  publish(topic: string, payload: unknown): void
  /** Returns how to end it. What arrives is any JSON. */
  subscribe(topic: string, hear: (payload: unknown) => void): () => void
}
