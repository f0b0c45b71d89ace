/** An alert in words: its name, its figure and its limit, in the language on screen. */
import type { Alert } from '@signalbox/contracts'
import { useI18n } from 'vue-i18n'
import { useLanguage } from '../../i18n/useLanguage.ts'
import { formatCount } from '../../lib/number.ts'
import { formatDuration } from '../../lib/time.ts'
import { MAIN_POOL } from './alerts.ts'

export function useAlertText() {
  const { t } = useI18n()
  const language = useLanguage()

  function amountOf(value: number, unit: Alert['unit']): string {
    if (unit === 'percent') return `${Math.round(value * 10) / 10}%`
    return unit === 'ms' ? formatDuration(value, language.value) : formatCount(value)
  }

  return {
    amountOf,
    nameOf({ rule, subject }: Alert): string {
      const name = t(`monitor.alert.rule.${rule}`)
      // The pool that sends is the one that is meant; another is named.
      return subject && subject !== MAIN_POOL ? t('monitor.alert.subject', { rule: name, subject }) : name
    },
    figureOf({ figure, unit }: Alert): string {
      return figure === null ? t('monitor.alert.noFigure') : amountOf(figure, unit)
    },
    limitOf({ bad, threshold, unit }: Alert): string {
      return t(`monitor.alert.limit.${bad}`, { threshold: amountOf(threshold, unit) })
    },
  }
}
