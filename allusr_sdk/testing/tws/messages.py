"""What TWS sends, at server version 178: one layout a message, with what real TWS writes where nothing is to say."""

from allusr_sdk.testing.tws.layout import Layout

NONE = "1.7976931348623157E308"
"""What TWS writes for a number that it has not."""

_EXPIRY = "lastTradeDateOrContractMonth= strike:num=0.0 right= multiplier="
_HEAD = f"conId:int symbol secType {_EXPIRY}"
_CONTRACT = f"{_HEAD} exchange currency=USD localSymbol= tradingClass="
_MARGINS = " ".join(
    f"{name}:num={NONE}"
    for name in (
        "initMarginBefore", "maintMarginBefore", "equityWithLoanBefore", "initMarginChange", "maintMarginChange",
        "equityWithLoanChange", "initMarginAfter", "maintMarginAfter", "equityWithLoanAfter",
    )
)  # fmt: skip
_LEGS = """legs*(conId:int ratio:int action exchange openClose:int=0 shortSaleSlot:int=0 designatedLocation=
    exemptCode:int=-1)
    legPrices*(price:num) routing*(tag value)
    scaleInitLevelSize:int=2147483647 scaleSubsLevelSize:int=2147483647 scalePriceIncrement:num=
    ?scalePriceIncrement(scalePriceAdjustValue:num= scalePriceAdjustInterval:int= scaleProfitOffset:num=
        scaleAutoReset:flag=0 scaleInitPosition:int= scaleInitFillQty:int= scaleRandomPercent:flag=0)
    hedgeType= ?hedgeType(hedgeParam)"""
_NEUTRAL = "deltaNeutral:flag=0 ?deltaNeutral(neutralConId:int neutralDelta:num neutralPrice:num)"
_ALGO = "algoStrategy= ?algoStrategy(algoParams*(tag value))"
_PEGGED = """?orderType=PEG_BENCH|PEGBENCH(referenceContractId:int isPeggedChangeAmountDecrease:flag
    peggedChangeAmount:num referenceChangeAmount:num referenceExchangeId) conditions:const=0"""
_COMPETE = """minTradeQty:int= minCompeteSize:int= competeAgainstBestOffset:num= midOffsetAtWhole:num=
    midOffsetAtHalf:num="""
_MODEL = """modelCode= goodTillDate= rule80A= percentOffset:num= settlingFirm= shortSaleSlot:int=0 designatedLocation=
    exemptCode:int=-1"""

_OPEN_ORDER = f"""orderId:int {_CONTRACT} action totalQuantity:num orderType lmtPrice:num=0.0 auxPrice:num=0.0 tif=DAY
    ocaGroup= account openClose=? origin:int=0 orderRef= clientId:int permId:int outsideRth:flag=0 hidden:flag=0
    discretionaryAmt:num=0 goodAfterTime= sharesAllocation= faGroup= faMethod= faPercentage= {_MODEL}
    auctionStrategy:int=0 startingPrice:num= stockRefPrice:num= delta:num= stockRangeLower:num= stockRangeUpper:num=
    displaySize:int=2147483647 blockOrder:flag=0 sweepToFill:flag=0 allOrNone:flag=0 minQty:int= ocaType:int=3
    eTradeOnly:flag=0 firmQuoteOnly:flag=0 nbboPriceCap:num= parentId:int=0 triggerMethod:int=0 volatility:num=
    volatilityType:int=0 deltaNeutralOrderType=None deltaNeutralAuxPrice:num=
    ?deltaNeutralOrderType(deltaNeutralConId:int=0 deltaNeutralSettlingFirm= deltaNeutralClearingAccount=
        deltaNeutralClearingIntent= deltaNeutralOpenClose=? deltaNeutralShortSale:flag=0
        deltaNeutralShortSaleSlot:int=0 deltaNeutralDesignatedLocation=)
    continuousUpdate:flag=0 referencePriceType:int=0 trailStopPrice:num= trailingPercent:num= basisPoints:num=
    basisPointsType:int= comboLegsDescrip= {_LEGS} optOutSmartRouting:flag=0 clearingAccount= clearingIntent=IB
    notHeld:flag=0 {_NEUTRAL} {_ALGO} solicited:flag=0 whatIf:flag=0 status {_MARGINS} commission:num=
    minCommission:num= maxCommission:num= commissionCurrency= warningText= randomizeSize:flag=0 randomizePrice:flag=0
    {_PEGGED} adjustedOrderType=None triggerPrice:num={NONE} stopTrailPrice:num={NONE} lmtPriceOffset:num={NONE}
    adjustedStopPrice:num={NONE} adjustedStopLimitPrice:num={NONE} adjustedTrailingAmount:num={NONE}
    adjustableTrailingUnit:int=0 softDollarName= softDollarValue= softDollarShown= cashQty:num=0
    dontUseAutoPriceForHedge:flag=1 isOmsContainer:flag=0 discretionaryUpToLimitPrice:flag=0 usePriceMgmtAlgo:flag=0
    duration:int= postToAts:int= autoCancelParent:flag=0 {_COMPETE}"""

_COMPLETED = f"""{_CONTRACT} action totalQuantity:num orderType lmtPrice:num=0.0 auxPrice:num=0.0 tif=DAY ocaGroup=
    account openClose=? origin:int=0 orderRef= permId:int outsideRth:flag=0 hidden:flag=0 discretionaryAmt:num=0
    goodAfterTime= faGroup= faMethod= faPercentage= {_MODEL} startingPrice:num= stockRefPrice:num= delta:num=
    stockRangeLower:num= stockRangeUpper:num= displaySize:int=2147483647 sweepToFill:flag=0 allOrNone:flag=0
    minQty:int= ocaType:int=3 triggerMethod:int=0 volatility:num= volatilityType:int=0 deltaNeutralOrderType=None
    deltaNeutralAuxPrice:num=
    ?deltaNeutralOrderType(deltaNeutralConId:int=0 deltaNeutralShortSale:flag=0 deltaNeutralShortSaleSlot:int=0
        deltaNeutralDesignatedLocation=)
    continuousUpdate:flag=0 referencePriceType:int=0 trailStopPrice:num= trailingPercent:num= comboLegsDescrip= {_LEGS}
    clearingAccount= clearingIntent=IB notHeld:flag=0 {_NEUTRAL} {_ALGO} solicited:flag=0 status randomizeSize:flag=0
    randomizePrice:flag=0 {_PEGGED} stopTrailPrice:num={NONE} lmtPriceOffset:num={NONE} cashQty:num=0
    dontUseAutoPriceForHedge:flag=1 isOmsContainer:flag=0 autoCancelDate= filledQuantity:num
    refFuturesConId:int=2147483647 autoCancelParent:flag=0 shareholder= imbalanceOnly:flag=0
    routeMarketableToBbo:flag=0 parentPermId:int=9223372036854775807 completedTime completedStatus {_COMPETE}"""

_DETAILS = """reqId:int symbol secType lastTradeDate= strike:num=0 right= exchange currency=USD localSymbol marketName
    tradingClass conId:int minTick:num multiplier= orderTypes validExchanges priceMagnifier:int=1 underConId:int=0
    longName primaryExchange= contractMonth= industry= category= subcategory= timeZoneId=US/Eastern tradingHours
    liquidHours evRule= evMultiplier= securityIds*(tag value) aggGroup:int=1 underSymbol= underSecType= marketRuleIds
    realExpirationDate= stockType= minSize:num=1 sizeIncrement:num=1 suggestedSizeIncrement:num=1"""

_EXECUTION = f"""reqId:int orderId:int {_CONTRACT} execId time acctNumber execExchange side shares:num price:num
    permId:int clientId:int liquidation:int=0 cumQty:num avgPrice:num orderRef= evRule= evMultiplier:num=0.0 modelCode=
    lastLiquidity:int=2 pendingPriceRevision:flag=0"""

_PORTFOLIO = f"""version:const=8 {_HEAD} primaryExchange= currency=USD localSymbol= tradingClass= position:num
    marketPrice:num marketValue:num averageCost:num unrealizedPNL:num realizedPNL:num account"""

_TABLE = {
    "tickPrice": (1, "version:const=6 reqId:int tickType:int price:num size:num attributes:int=0"),
    "tickSize": (2, "version:const=6 reqId:int tickType:int size:num"),
    "orderStatus": (3, """orderId:int status filled:num remaining:num avgFillPrice:num permId:int parentId:int=0
        lastFillPrice:num clientId:int whyHeld= mktCapPrice:num=0"""),
    "error": (4, "version:const=2 reqId:int code:int text advanced="),
    "openOrder": (5, _OPEN_ORDER),
    "accountValue": (6, "version:const=2 key value currency account"),
    "portfolio": (7, _PORTFOLIO),
    "accountTime": (8, "version:const=1 time"),
    "nextValidId": (9, "version:const=1 orderId:int"),
    "contractDetails": (10, _DETAILS),
    "execDetails": (11, _EXECUTION),
    "managedAccounts": (15, "version:const=1 accounts"),
    "historicalData": (17, """reqId:int start end bars*(date open:num high:num low:num close:num volume:num average:num
        count:int)"""),
    "optionComputation": (21, """reqId:int tickType:int attributes:int=0 volatility:num=-1 delta:num=-2 price:num=-1
        dividend:num=-1 gamma:num=-2 vega:num=-2 theta:num=-2 underlying:num=-1"""),
    "tickGeneric": (45, "version:const=6 reqId:int tickType:int value:num"),
    "tickString": (46, "version:const=6 reqId:int tickType:int value"),
    "currentTime": (49, "version:const=1 time:int"),
    "contractDetailsEnd": (52, "version:const=1 reqId:int"),
    "openOrderEnd": (53, "version:const=1"),
    "accountDownloadEnd": (54, "version:const=1 account"),
    "execDetailsEnd": (55, "version:const=1 reqId:int"),
    "tickSnapshotEnd": (57, "version:const=1 reqId:int"),
    "marketDataType": (58, "version:const=1 reqId:int marketDataType:int"),
    "commissionReport": (59, f"""version:const=1 execId commission:num currency=USD realizedPNL:num={NONE}
        yield:num={NONE} yieldRedemptionDate="""),
    "position": (61, f"version:const=3 account {_HEAD} exchange= currency=USD localSymbol= tradingClass= "
        "position:num averageCost:num"),
    "positionEnd": (62, "version:const=1"),
    "accountSummary": (63, "version:const=1 reqId:int account tag value currency"),
    "accountSummaryEnd": (64, "version:const=1 reqId:int"),
    "accountUpdateMulti": (73, "version:const=1 reqId:int account model= key value currency"),
    "accountUpdateMultiEnd": (74, "version:const=1 reqId:int"),
    "chain": (75, """reqId:int exchange underConId:int tradingClass multiplier expirations*(date)
        strikes*(strike:num)"""),
    "chainEnd": (76, "reqId:int"),
    "tickReqParams": (81, "reqId:int minTick:num bboExchange= snapshotPermissions:int=3"),
    "marketRule": (93, "marketRuleId:int increments*(lowEdge:num increment:num)"),
    "completedOrder": (101, _COMPLETED),
    "completedOrdersEnd": (102, ""),
}  # fmt: skip

MESSAGES = {name: Layout.read(name, number, text) for name, (number, text) in _TABLE.items()}
"""Every message that is sent, by its name."""
