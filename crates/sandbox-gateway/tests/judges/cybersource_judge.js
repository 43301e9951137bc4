// The official CyberSource SDK drives the sandbox with HTTP signatures: cybersource_judge.js BASE
'use strict';

const assert = require('node:assert');
const cybersource = require('cybersource-rest-client');

const base = process.argv[2];
const host = base.replace('http://', '');

function configuration(secret) {
  return {
    authenticationType: 'http_signature',
    runEnvironment: host,
    intermediateHost: `${base}/cybersource`,
    merchantID: 'sandbox_merchant',
    merchantKeyId: '5b7c4a1e-0000-4000-8000-5a4db0c5a4d0',
    merchantsecretKey: secret,
    logConfiguration: { enableLog: false },
  };
}

const SECRET = 'dGhlIHNoYXJlZCBzZWNyZXQgb2YgdGhlIHNhbmRib3g=';

// Calls a method of an API of the SDK; answers status and body, of refusals too.
function call(api, method, args, secret = SECRET) {
  return new Promise((resolve) => {
    const client = new cybersource.ApiClient();
    const instance = new cybersource[api](configuration(secret), client);
    instance[method](...args, (error, data, response) => {
      const body = error ? error.response && error.response.text : response && response.text;
      resolve({
        status: error ? error.status || (error.response && error.response.status) : response.status,
        data,
        body: typeof body === 'string' && body ? JSON.parse(body) : body,
      });
    });
  });
}

async function sim(name, body) {
  const options = body && { method: 'POST', body: JSON.stringify(body) };
  return (await fetch(`${base}/_sim/${name}`, options)).json();
}

async function moved(reference) {
  const ledger = await sim(`ledger?reference=${reference}`);
  return ledger.data.length ? ledger.data[0].total : '0';
}

function order(reference, amount, payment) {
  return {
    clientReferenceInformation: { code: reference },
    orderInformation: { amountDetails: { totalAmount: amount, currency: 'USD' } },
    ...(payment && { paymentInformation: payment }),
  };
}

const card = { card: { number: '4111111111111111', expirationMonth: '12', expirationYear: '2034' } };
const token = (id) => ({ paymentInstrument: { id } });

async function search(reference) {
  const query = `clientReferenceInformation.code:${reference} AND submitTimeUtc:[NOW/DAY-2DAYS TO NOW/DAY+1DAY}`;
  const body = { save: false, query, sort: 'submitTimeUtc:desc', limit: 20, offset: 0, timezone: 'UTC' };
  const found = await call('SearchTransactionsApi', 'createSearch', [body]);
  assert.equal(found.status, 201, JSON.stringify(found));
  return found.data._embedded.transactionSummaries;
}

async function main() {
  const payment = await call('PaymentsApi', 'createPayment',
    [{ ...order('P-1', '100.00', card), processingInformation: { capture: true } }]);
  assert.equal(payment.status, 201, JSON.stringify(payment));
  assert.equal(payment.data.status, 'AUTHORIZED');
  assert.equal(payment.data.orderInformation.amountDetails.authorizedAmount, '100.00');

  const stranger = await call('PaymentsApi', 'createPayment', [order('P-2', '1.00', card)],
    Buffer.from('another secret').toString('base64'));
  assert.equal(stranger.status, 401);

  const refund = await call('RefundApi', 'refundPayment', [order('R-1', '10.00'), payment.data.id]);
  assert.equal(refund.data.status, 'PENDING');
  assert.equal(refund.data.clientReferenceInformation.code, 'R-1');
  assert.equal(refund.data.refundAmountDetails.refundAmount, '10.00');
  // There are no keys: the same again is a second refund.
  await call('RefundApi', 'refundPayment', [order('R-1', '10.00'), payment.data.id]);
  assert.equal(await moved('R-1'), '-20.00');
  const over = await call('RefundApi', 'refundCapture', [order('R-2', '80.01'), payment.data.id]);
  assert.equal(over.status, 400, JSON.stringify(over));
  assert.equal(over.body.reason, 'INVALID_AMOUNT');

  const credit = await call('CreditApi', 'createCredit', [order('R-3', '5.00', token('pm_ok'))]);
  assert.equal(credit.data.status, 'PENDING');
  assert.equal(credit.data.creditAmountDetails.creditAmount, '5.00');
  const refused = await call('CreditApi', 'createCredit', [order('R-4', '5.00', token('pm_expired'))]);
  assert.equal(refused.data.status, 'DECLINED');
  assert.equal(refused.data.errorInformation.reason, 'EXPIRED_CARD');
  const broken = await call('CreditApi', 'createCredit', [order('R-5', '5.00', token('pm_500_done'))]);
  assert.equal(broken.status, 502);
  assert.equal(await moved('R-5'), '-5.00');

  // The index lags; then everything with the code is found.
  assert.deepEqual(await search('R-5'), []);
  await sim('advance', { seconds: 120 });
  const found = await search('R-5');
  assert.equal(found.length, 1);
  assert.equal(found[0].orderInformation.amountDetails.totalAmount, '5.00');
  assert.equal((await search('R-1')).length, 2);
  const details = await call('TransactionDetailsApi', 'getTransaction', [refund.data.id]);
  assert.equal(details.status, 200, JSON.stringify(details));
  assert.equal(details.data.applicationInformation.status, 'PENDING');
  const nothing = await call('TransactionDetailsApi', 'getTransaction', ['123']);
  assert.equal(nothing.status, 404);

  // Voids before the batch, none after.
  const undone = await call('VoidApi', 'voidCredit',
    [{ clientReferenceInformation: { code: 'V-1' } }, credit.data.id]);
  assert.equal(undone.data.status, 'VOIDED', JSON.stringify(undone));
  assert.equal(await moved('V-1'), '5.00');
  await sim('advance', { days: 1 });
  const settled = await call('TransactionDetailsApi', 'getTransaction', [refund.data.id]);
  assert.equal(settled.data.applicationInformation.status, 'TRANSMITTED');
  const late = await call('VoidApi', 'voidRefund',
    [{ clientReferenceInformation: { code: 'V-2' } }, refund.data.id]);
  assert.equal(late.status, 400);
  assert.equal(late.body.reason, 'NOT_VOIDABLE');
  console.log('the CyberSource SDK is content');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
