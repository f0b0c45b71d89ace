import { describe, expect, it } from 'vitest'
import { addressOf } from './connection.ts'
import { assertBroker, problemOf } from './problems.ts'

const capabilities = {
  publisher_confirms: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
}
const broker = { product: 'RabbitMQ', version: '3.10.8', capabilities }

describe('a broker', () => {
  it.each(['3.10.0', '3.13.7+1.g1234', '4.0.0-rc.1', '4.2.1', '10.0.0'])('of version %s will do', (version) => {
    expect(() => assertBroker({ ...broker, version })).not.toThrow()
  })

  it.each([
    [{ ...broker, version: '3.9.29' }, 'expected RabbitMQ 3.10 or newer, got RabbitMQ 3.9.29'],
    [{ ...broker, version: '2.8.7' }, 'expected RabbitMQ 3.10 or newer, got RabbitMQ 2.8.7'],
    [{ ...broker, product: 'Qpid' }, 'expected AMQP_URL to lead to RabbitMQ, got Qpid 3.10.8'],
    [{}, 'expected AMQP_URL to lead to RabbitMQ, got undefined undefined'],
    [
      { ...broker, capabilities: { ...capabilities, publisher_confirms: false } },
      'expected RabbitMQ to have publisher_confirms, got RabbitMQ 3.10.8 without it',
    ],
    [
      { ...broker, capabilities: undefined },
      'expected RabbitMQ to have publisher_confirms, got RabbitMQ 3.10.8 without it',
    ],
  ])('that lacks something is refused in one line', (properties, line) => {
    expect(() => assertBroker(properties)).toThrow(line)
  })
})

describe('an address', () => {
  it('tells user, password, host and virtual host as they are meant', () => {
    expect(addressOf('amqp://ada:p%40ss%C3%A9@[::1]:5673/a%2Fb')).toEqual({
      ...{ protocol: 'amqp', hostname: '::1', port: 5673 },
      ...{ username: 'ada', password: 'p@ssé', vhost: 'a%2Fb' },
    })
    expect(addressOf('amqps://host')).toMatchObject({ port: 5671, username: 'guest', password: 'guest', vhost: '%2F' })
  })

  it.each(['amqp://ada:secret@', 'http://ada:secret@host', 'amqp://ada:secret%@host', 'secret'])(
    'that is none is refused without its password: %s',
    (url) => {
      expect(() => addressOf(url)).toThrow(/^expected AMQP_URL (?!.*secret)/)
    },
  )
})

it('says nothing of a password that stands in an error', () => {
  expect(problemOf(new Error('cannot reach amqp://ada:secret@host/x'), 'host:5672')).toBe('cannot reach amqp://host/x')
})
