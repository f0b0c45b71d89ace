/** HTML of the demo's mails, as mails are written: tables, styles on the elements, nothing fetched. */

function page(title: string, body: string): string {
  return `<!doctype html>
<html>
  <body style="margin:0;background:#f3f5f7;font-family:-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif;color:#1c2733">
    <table role="presentation" width="100%" cellpadding="0" cellspacing="0">
      <tr>
        <td align="center" style="padding:32px 12px">
          <table role="presentation" width="560" cellpadding="0" cellspacing="0" style="background:#ffffff;border-radius:8px">
            <tr>
              <td style="padding:28px 32px;font-size:15px;line-height:1.6">
                <h1 style="margin:0 0 16px;font-size:20px">${title}</h1>
                ${body}
              </td>
            </tr>
          </table>
        </td>
      </tr>
    </table>
  </body>
</html>
`
}

export const SHIPPED_HTML = page(
  'Your parcel is on its way',
  `<p>Hello {{name}},</p>
                <p><strong>{{item}}</strong> from order {{order}} left our warehouse this morning.</p>
                <p>Parcel number <code>{{parcel}}</code>, <a href="https://shop.example/parcels/{{parcel}}">follow it here</a>.</p>
                <p style="color:#6b7785">You receive this because you ordered at shop.example.</p>`,
)

export const INVOICE_HTML = page(
  '电子发票已开具',
  `<p>{{name}},您好:</p>
                <p>您购买的「{{item}}」已开具电子发票,订单 {{order}},金额 <strong>¥{{amount}}</strong>。</p>
                <p><a href="https://shop.example/invoices/{{order}}">下载发票(PDF)</a></p>
                <p style="color:#6b7785">本邮件由系统自动发送,请勿回复。</p>`,
)
