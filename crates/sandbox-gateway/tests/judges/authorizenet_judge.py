"""The official Authorize.Net SDK drives the sandbox, and its schema holds every answer: authorizenet_judge.py BASE."""

import sys
from decimal import Decimal

from authorizenet import apicontractsv1 as api
from authorizenet import apicontrollers as controllers

from control import moved, sim

base = sys.argv[1]
ENDPOINT = f"{base}/authorizenet/xml/v1/request.api"


def ask(request, controller):
    """Sends a request; the answer must be what the schema says, in its order."""
    request.merchantAuthentication = api.merchantAuthenticationType(
        name="sandbox", transactionKey="sandbox")
    sent = controller(request)
    sent.setenvironment(ENDPOINT)
    sent.execute()
    api.CreateFromDocument(sent._httpResponse).validateBinding()
    return sent.getresponse()


def transact(kind, reference, amount=None, card=None, of=None, profile=None, window="0"):
    inner = api.transactionRequestType(transactionType=kind)
    if amount is not None:
        inner.amount = Decimal(amount)
    if card:
        inner.payment = api.paymentType(creditCard=api.creditCardType(
            cardNumber=card, expirationDate="XXXX" if len(card) == 4 else "2034-12"))
    if profile:
        inner.profile = api.customerProfilePaymentType(
            customerProfileId="1", paymentProfile=api.paymentProfile(paymentProfileId=profile))
    if of:
        inner.refTransId = of
    inner.order = api.orderType(invoiceNumber=reference)
    settings = api.ArrayOfSetting()
    settings.setting.append(api.settingType(settingName="duplicateWindow", settingValue=window))
    inner.transactionSettings = settings
    request = api.createTransactionRequest(refId=reference, transactionRequest=inner)
    answer = ask(request, controllers.createTransactionController)
    assert answer.refId == reference
    return answer


def good(answer, code="1"):
    assert answer.messages.resultCode == "Ok", answer.messages.message[0].text
    assert str(answer.transactionResponse.responseCode) == code
    return str(answer.transactionResponse.transId)


def bad(answer, code):
    assert answer.messages.resultCode == "Error"
    assert str(answer.messages.message[0]["code"]) == "E00027"
    found = [str(error.errorCode) for error in answer.transactionResponse.errors.error]
    assert found == [code], (found, code)


def details(number):
    request = api.getTransactionDetailsRequest(transId=number)
    return ask(request, controllers.getTransactionDetailsController).transaction


# Unsettled: refused; after the batch: refunded, in part, never beyond.
charge = good(transact("authCaptureTransaction", "P-1", "100.00", card="4111111111111111"))
bad(transact("refundTransaction", "R-1", "10.00", card="1111", of=charge), "54")
assert str(details(charge).transactionStatus) == "capturedPendingSettlement"
sim(base, "settle", {"charge": charge})
assert str(details(charge).transactionStatus) == "settledSuccessfully"
refund = good(transact("refundTransaction", "R-2", "10.00", card="1111", of=charge))
assert moved(base, "R-2") == "-10.00"
bad(transact("refundTransaction", "R-3", "90.01", card="1111", of=charge), "55")
bad(transact("refundTransaction", "R-4", "1.00", card="1111", of="12345"), "16")
shown = details(refund)
assert str(shown.transactionStatus) == "refundPendingSettlement"
assert (str(shown.order.invoiceNumber), Decimal(str(shown.authAmount))) == ("R-2", 10)
assert str(shown.refTransId) == charge

# The same within the window is a duplicate, and nothing moves.
good(transact("refundTransaction", "R-5", "5.00", card="1111", of=charge, window="60"))
bad(transact("refundTransaction", "R-5", "5.00", card="1111", of=charge, window="60"), "11")
assert moved(base, "R-5") == "-5.00"

# Credits without a payment, to a card and to a stored profile.
good(transact("refundTransaction", "R-6", "20.00", card="4111111111111111"))
good(transact("refundTransaction", "R-7", "20.00", profile="123456"))
bad(transact("refundTransaction", "R-8", "20.00", profile="9000000056"), "54")
bad(transact("refundTransaction", "R-9", "20.00", profile="9000000054"), "2")
held = good(transact("refundTransaction", "R-10", "20.00", profile="9000000051"), code="4")
assert str(details(held).transactionStatus) == "FDSPendingReview"

# Voids.
open_charge = good(transact("authCaptureTransaction", "P-2", "30.00", card="4111111111111111"))
good(transact("voidTransaction", "V-1", of=open_charge))
bad(transact("voidTransaction", "V-2", of=open_charge), "310")
bad(transact("voidTransaction", "V-3", of=charge), "16")
assert str(details(open_charge).transactionStatus) == "voided"

# What is not settled, page by page.
request = api.getUnsettledTransactionListRequest()
request.sorting = api.TransactionListSorting(orderBy="submitTimeUTC", orderDescending=True)
request.paging = api.Paging(limit=2, offset=1)
answer = ask(request, controllers.getUnsettledTransactionListController)
numbers = [str(one.invoiceNumber) for one in answer.transactions.transaction]
assert numbers == ["P-2", "R-10"], numbers
request = api.getUnsettledTransactionListRequest()
answer = ask(request, controllers.getUnsettledTransactionListController)
numbers = {str(one.invoiceNumber) for one in answer.transactions.transaction}
assert {"R-2", "R-5", "R-6", "R-7", "R-10"} <= numbers and "P-1" not in numbers, numbers

# What is settled, batch by batch.
sim(base, "advance", {"days": 2})
request = api.getSettledBatchListRequest(includeStatistics=False)
answer = ask(request, controllers.getSettledBatchListController)
found = set()
for batch in answer.batchList.batch:
    request = api.getTransactionListRequest(batchId=str(batch.batchId))
    answer = ask(request, controllers.getTransactionListController)
    found |= {(str(one.invoiceNumber), str(one.transactionStatus))
              for one in answer.transactions.transaction}
assert ("P-1", "settledSuccessfully") in found and ("R-6", "refundSettledSuccessfully") in found, found
assert ("R-10", "refundSettledSuccessfully") in found, found
print("the Authorize.Net SDK is content")
