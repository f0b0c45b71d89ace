/** PostgreSQL, RabbitMQ and Redis for tests: shared by a run, or one's own to kill. */
export { faultProxy, LINK_FAULTS, type FaultProxy, type LinkFault } from './fault-proxy.ts'
export { freePort } from './free-port.ts'
export { type OwnServer } from './own-server.ts'
export { POSTGRES, query, standbyOf } from './postgres.ts'
export { missing, provide, SERVICES, setUp, testUrl, type Provided } from './provide.ts'
export { RABBITMQ } from './rabbitmq.ts'
export { REDIS } from './redis.ts'
export { advice, type Service } from './service.ts'
