import { z } from 'zod'

export interface JsonSchema {
  $ref?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  [keyword: string]: unknown
}

/** Turns zod schemas into JSON Schema; those with a `.meta({ id })` become components, once each. */
export interface Components {
  /** As it would stand where it is used: a `$ref` for a schema with an id. */
  reference(schema: z.ZodType, io: 'input' | 'output'): JsonSchema
  /** Never a `$ref` itself. */
  inline(schema: z.ZodType, io: 'input' | 'output'): JsonSchema
  schemas(): Record<string, JsonSchema>
}

export function createComponents(): Components {
  const known: Record<string, JsonSchema> = {}

  function convert(
    schema: z.ZodType,
    io: 'input' | 'output',
  ): { schema: JsonSchema; $defs: Record<string, JsonSchema> } {
    const json = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override({ jsonSchema }) {
        // Replies may gain fields; a client must not be told otherwise.
        if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      },
    })
    const text = JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/')
    const {
      $schema: _dialect,
      $defs = {},
      ...rest
    } = JSON.parse(text) as JsonSchema & { $defs?: Record<string, JsonSchema> }
    return { schema: rest, $defs }
  }

  function remember({ schema, $defs }: ReturnType<typeof convert>): JsonSchema {
    for (const [name, definition] of Object.entries($defs)) known[name] ??= definition
    return schema
  }

  return {
    // Inside an object a schema with an id comes out as a reference; at the root it would not.
    reference: (schema, io) => remember(convert(z.object({ schema }), io)).properties?.['schema'] ?? {},
    inline: (schema, io) => remember(convert(schema, io)),
    schemas: () => Object.fromEntries(Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
