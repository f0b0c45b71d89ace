import type { Checked, FieldError, RenderedContent } from '../adapter.ts'
import { fieldProblem } from './fields.ts'
import type { WechatBinding, WechatSettings } from './settings.ts'

export interface WechatPayload {
  kind: WechatBinding['kind']
  template_id: string
  url?: string
  miniprogram?: { appid: string; pagepath?: string }
  data: Record<string, { value: string }>
}

export function wechatPayload(
  content: RenderedContent,
  variables: Record<string, string>,
  cfg: WechatSettings,
): Checked<WechatPayload> {
  const binding = cfg.templates.find(({ template_id: id }) => id === content.templateId)
  if (!binding) {
    const message = `expected a binding of template ${content.templateId} in the settings of the service, got none`
    return { ok: false, errors: [{ field: 'templates', message }] }
  }
  const errors: FieldError[] = []
  const data: WechatPayload['data'] = {}
  for (const { name, param } of binding.variables) {
    const value = valueOf(variables, name).trim()
    const problem = fieldProblem(param, value)
    if (problem) errors.push({ field: `variables.${name}`, message: problem })
    data[param] = { value }
  }
  if (errors.length > 0) return { ok: false, errors }
  const { url, miniprogram } = binding
  const value: WechatPayload = {
    kind: binding.kind,
    template_id: binding.code,
    data,
    ...(url === undefined ? {} : { url: withVariables(url, variables) }),
    ...(miniprogram === undefined
      ? {}
      : {
          miniprogram: {
            appid: miniprogram.appid,
            ...(miniprogram.pagepath === undefined ? {} : { pagepath: miniprogram.pagepath }),
          },
        }),
  }
  return { ok: true, value }
}

/** A value is percent-encoded, so it can neither change the host nor add a parameter. */
function withVariables(url: string, variables: Record<string, string>): string {
  return url.replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_all, name: string) => encodeURIComponent(valueOf(variables, name)))
}

function valueOf(variables: Record<string, string>, name: string): string {
  return Object.hasOwn(variables, name) ? (variables[name] ?? '') : ''
}

/** Path and body of the call. `clientMsgId`: WeChat sends one of each to an openid within ten minutes. */
export function wechatRequest(
  payload: WechatPayload,
  openid: string,
  clientMsgId: string,
): { path: string; body: object } {
  const { kind, url, miniprogram, template_id, data } = payload
  const common = { touser: openid, template_id, ...(miniprogram ? { miniprogram } : {}), data }
  return kind === 'template'
    ? {
        path: '/cgi-bin/message/template/send',
        body: { ...common, ...(url ? { url } : {}), client_msg_id: clientMsgId },
      }
    : { path: '/cgi-bin/message/subscribe/bizsend', body: { ...common, ...(url ? { page: url } : {}) } }
}
