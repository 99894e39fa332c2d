"""What a client sends, at server version 178: one layout a request."""

from allusr_sdk.testing.tws.layout import Layout

_CONTRACT = """conId:int symbol secType lastTradeDateOrContractMonth strike:num right multiplier exchange
    primaryExchange currency localSymbol tradingClass"""
_EXERCISED = """conId:int symbol secType lastTradeDateOrContractMonth strike:num right multiplier exchange currency
    localSymbol tradingClass"""
_BAG = "?secType=BAG(legs*(conId:int ratio:int action exchange))"
_NEUTRAL = "deltaNeutral:flag ?deltaNeutral(neutralConId:int neutralDelta:num neutralPrice:num)"

_PLACE = f"""orderId:int {_CONTRACT} secIdType secId action totalQuantity:num orderType lmtPrice:num auxPrice:num tif
    ocaGroup account openClose origin:int orderRef transmit:flag parentId:int blockOrder:flag sweepToFill:flag
    displaySize:int triggerMethod:int outsideRth:flag hidden:flag
    ?secType=BAG(
        legs*(conId:int ratio:int action exchange openClose:int shortSaleSlot:int designatedLocation exemptCode:int)
        legPrices*(price:num) routing*(tag value))
    sharesAllocation discretionaryAmt:num goodAfterTime goodTillDate faGroup faMethod faPercentage modelCode
    shortSaleSlot:int designatedLocation exemptCode:int ocaType:int rule80A settlingFirm allOrNone:flag minQty:int
    percentOffset:num eTradeOnly:flag firmQuoteOnly:flag nbboPriceCap:num auctionStrategy:int startingPrice:num
    stockRefPrice:num delta:num stockRangeLower:num stockRangeUpper:num overridePercentageConstraints:flag
    volatility:num volatilityType:int deltaNeutralOrderType deltaNeutralAuxPrice:num
    ?deltaNeutralOrderType(deltaNeutralConId:int deltaNeutralSettlingFirm deltaNeutralClearingAccount
        deltaNeutralClearingIntent deltaNeutralOpenClose deltaNeutralShortSale:flag deltaNeutralShortSaleSlot:int
        deltaNeutralDesignatedLocation)
    continuousUpdate:flag referencePriceType:int trailStopPrice:num trailingPercent:num scaleInitLevelSize:int
    scaleSubsLevelSize:int scalePriceIncrement:num
    ?scalePriceIncrement(scalePriceAdjustValue:num scalePriceAdjustInterval:int scaleProfitOffset:num
        scaleAutoReset:flag scaleInitPosition:int scaleInitFillQty:int scaleRandomPercent:flag)
    scaleTable activeStartTime activeStopTime hedgeType ?hedgeType(hedgeParam)
    optOutSmartRouting:flag clearingAccount clearingIntent notHeld:flag {_NEUTRAL}
    algoStrategy ?algoStrategy(algoParams*(tag value)) algoId whatIf:flag orderMiscOptions solicited:flag
    randomizeSize:flag randomizePrice:flag
    ?orderType=PEG_BENCH|PEGBENCH(referenceContractId:int isPeggedChangeAmountDecrease:flag peggedChangeAmount:num
        referenceChangeAmount:num referenceExchangeId)
    conditions:const=0 adjustedOrderType triggerPrice:num lmtPriceOffset:num adjustedStopPrice:num
    adjustedStopLimitPrice:num adjustedTrailingAmount:num adjustableTrailingUnit:int extOperator softDollarName
    softDollarValue cashQty:num mifid2DecisionMaker mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo
    dontUseAutoPriceForHedge:flag isOmsContainer:flag discretionaryUpToLimitPrice:flag usePriceMgmtAlgo:flag
    duration:int postToAts:int autoCancelParent:flag advancedErrorOverride manualOrderTime
    ?exchange=IBKRATS(minTradeQty:int)
    ?orderType=PEG_BEST|PEGBEST(minCompeteSize:int competeAgainstBestOffset:num
        ?competeAgainstBestOffset=Infinite|Infinity|inf(midOffsetAtWhole:num midOffsetAtHalf:num))
    ?orderType=PEG_MID|PEGMID(midOffsetAtWhole:num midOffsetAtHalf:num)"""

_TABLE = {
    "reqMktData": (1, f"""version:const=11 reqId:int {_CONTRACT} {_BAG} {_NEUTRAL} genericTicks snapshot:flag
        regulatorySnapshot:flag options"""),
    "cancelMktData": (2, "version:const=2 reqId:int"),
    "placeOrder": (3, _PLACE),
    "cancelOrder": (4, "version:const=1 orderId:int manualCancelOrderTime"),
    "reqOpenOrders": (5, "version:const=1"),
    "reqAccountUpdates": (6, "version:const=2 subscribe:flag account"),
    "reqExecutions": (7, "version:const=3 reqId:int clientId:int account time symbol secType exchange side"),
    "reqIds": (8, "version:const=1 count:int"),
    "reqContractDetails": (9, f"version:const=8 reqId:int {_CONTRACT} includeExpired:flag secIdType secId issuerId"),
    "setServerLogLevel": (14, "version:const=1 level:int"),
    "reqAutoOpenOrders": (15, "version:const=1 bind:flag"),
    "reqAllOpenOrders": (16, "version:const=1"),
    "reqManagedAccts": (17, "version:const=1"),
    "reqHistoricalData": (20, f"""reqId:int {_CONTRACT} includeExpired:flag endDateTime barSize duration useRTH:int
        whatToShow formatDate:int {_BAG} keepUpToDate:flag chartOptions"""),
    "exerciseOptions": (21, f"version:const=2 reqId:int {_EXERCISED} action:int quantity:int account override:int"),
    "cancelHistoricalData": (25, "version:const=1 reqId:int"),
    "reqCurrentTime": (49, "version:const=1"),
    "reqGlobalCancel": (58, "version:const=1"),
    "reqMarketDataType": (59, "version:const=1 marketDataType:int"),
    "reqPositions": (61, "version:const=1"),
    "reqAccountSummary": (62, "version:const=1 reqId:int group tags"),
    "cancelAccountSummary": (63, "version:const=1 reqId:int"),
    "cancelPositions": (64, "version:const=1"),
    "startApi": (71, "version:const=2 clientId:int capabilities"),
    "reqAccountUpdatesMulti": (76, "version:const=1 reqId:int account model ledger:flag"),
    "cancelAccountUpdatesMulti": (77, "version:const=1 reqId:int"),
    "reqSecDefOptParams": (78, "reqId:int symbol exchange secType conId:int"),
    "reqMarketRule": (91, "marketRuleId:int"),
    "reqCompletedOrders": (99, "apiOnly:flag"),
}  # fmt: skip

REQUESTS = {number: Layout.read(name, number, text) for name, (number, text) in _TABLE.items()}
"""Every request that is understood, by its number."""
