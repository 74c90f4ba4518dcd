/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** What a bulk call does to each subscriber. */
export type BulkAction =
  /** Starts the subscriber's activation time anew. */
  | 'RESET_ACTIVATION_TIME'
  /** Puts the subscriber, named by IMSI, into a throttling group. */
  | 'SUBSCRIBER_PCRF'
  /** Sets the subscriber's status. */
  | 'SUBSCRIBER_STATUS';

/** How far one inner call of a bulk call has come. */
export type BulkCallStatus =
  /** Refused, or done without success. */
  | 'FAILURE'
  /** floLIVE met an error of its own; it counts as failed. */
  | 'INTERNAL_ERROR'
  /** Not finished yet. */
  | 'OPEN'
  /** Done as asked. */
  | 'SUCCESS'
  /** A word without a name here, or none that could be read; see `providerStatus`. */
  | 'UNKNOWN';

/** Why a change is sent. */
export type ChangeKind =
  /** It has changed. */
  | 'CHANGED'
  /** The cursor is older than the log reaches, or from another log: the state now, once for each operation asked for that changed after the cursor, in order and with cursors like SNAPSHOT. What did not change sends nothing. Then the stream goes on live. */
  | 'RESET'
  /** The state at the moment of subscribing. Snapshots come in the order of their operations' latest changes and bear the places of those as cursors, the last one the end of the log: resuming from any of them loses none of the rest, which then come as CHANGED. */
  | 'SNAPSHOT';

/** Whether a provider is asked at all. */
export type CircuitState =
  /** It is asked. */
  | 'CLOSED'
  /** It failed; one call tries whether it is back. */
  | 'HALF_OPEN'
  /** It failed; nothing is sent for a while. */
  | 'OPEN';

/** What kind of work it is. May gain members: keep a default branch. */
export type OperationKind =
  /** floLIVE: a regular or bulk request and its inner calls. */
  | 'BULK_CALL'
  /** Liberis: a batch of partner clients being validated and stored. */
  | 'PARTNER_BATCH'
  /** Cleeng: an in-app purchase, or the transfer of one, being synchronised. */
  | 'PURCHASE_SYNC'
  /** PureSpectrum: a respondent's transaction in a survey. */
  | 'SURVEY_TRANSACTION';

/** How far the provider has come. Finished is kept apart from successful: see Outcome. */
export type OperationState =
  /** Accepted; the provider has not said that work began. */
  | 'PENDING'
  /** The provider met an error and is trying again by itself. */
  | 'RETRYING'
  /** The provider is working on it. */
  | 'RUNNING'
  /** Nothing more is expected, and the gateway asks no more by itself. Final, but for two cases, which come as a further revision when somebody asks (recheck, follow, a look-up): an ABANDONED operation that the provider has finished after all, and a survey transaction that the vendor's reconciliation changes. */
  | 'SETTLED';

/** How it ended. Set if and only if the state is SETTLED. */
export type Outcome =
  /** We stopped without knowing the end: the deadline passed, the provider no longer knows it, or a write was never confirmed. `problem` says which. */
  | 'ABANDONED'
  /** The provider finished without doing what was asked. `problem` says why. */
  | 'FAILED'
  /** Some items succeeded, some did not. */
  | 'PARTIAL'
  /** The provider did what was asked, all of it. */
  | 'SUCCEEDED';

/** What became of one client of a batch. */
export type PartnerItemState =
  /** Valid, and stored. */
  | 'COMPLETED'
  /** Shares its partnerClientId with another item of the request whose data differ; all of them are in conflict. Not stored. */
  | 'CONFLICT'
  /** An exact repeat of an earlier item of the request, or of a stored record. Not stored. */
  | 'DUPLICATE'
  /** Not valid, see `validationErrors`. Not stored; may be sent again once mended. */
  | 'FAILED'
  /** Not judged yet. */
  | 'PENDING'
  /** A word without a name here, or none that could be read; see `providerStatus`. */
  | 'UNKNOWN';

/** An outside system that accepts work. May gain members: keep a default branch. */
export type Provider =
  /** Cleeng: subscriptions and in-app purchases. */
  | 'CLEENG'
  /** floLIVE: SIMs and their subscribers. */
  | 'FLOLIVE'
  /** Liberis: merchants as partner clients. */
  | 'LIBERIS'
  /** PureSpectrum: surveys and their respondents. */
  | 'PURESPECTRUM';

/** What a subscriber is named by. */
export type SubscriberIdentifierType =
  /** The SIM card's serial number. */
  | 'ICCID'
  /** The device's serial number. */
  | 'IMEI'
  /** The device's serial number with its software version. */
  | 'IMEISV'
  /** The subscription's number on the SIM, 15 digits at most. */
  | 'IMSI'
  /** The telephone number. */
  | 'MSISDN';

/** PureSpectrum's status codes that have a name here. May gain members: keep a default branch. */
export type SurveyTransactionStatus =
  /** The respondent left on the buyer's side (code 19). The buyer may still set a status. */
  | 'BUYER_DROP'
  /** The respondent is on the buyer's side (code 16). The buyer may set a status. */
  | 'BUYER_IN_PROGRESS'
  /** The respondent completed the survey (code 21). */
  | 'COMPLETE'
  /** The buyer knew the respondent already (code 30). */
  | 'DEDUPE'
  /** The respondent is on PureSpectrum's side (code 14). */
  | 'IN_PROGRESS'
  /** The interview passed its limit of length (code 29). The buyer may still set a status. */
  | 'LOI_THRESHOLD'
  /** A code without a name here; see `statusCode`. */
  | 'OTHER'
  /** The buyer's quota was full (code 17). */
  | 'OVER_QUOTA'
  /** Ended by the buyer for quality (code 20). */
  | 'QUALITY_TERMINATED'
  /** The buyer's screening ended it (code 18). */
  | 'TERMINATED';

export type AccessQueryVariables = Exact<{ [key: string]: never; }>;


export type AccessQuery = { access:
    | { __typename: 'AccessCheck', offerId: string, country: string | null, accessGranted: boolean, grantType: string | null, expiresAt: string | null, checkedAt: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type AccessManyQueryVariables = Exact<{ [key: string]: never; }>;


export type AccessManyQuery = { accessMany: Array<
    | { __typename: 'AccessCheck', offerId: string, country: string | null, accessGranted: boolean, grantType: string | null, expiresAt: string | null, checkedAt: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
  > };

export type WatchAccessSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchAccessSubscription = { accessChanged: { offerId: string, kind: ChangeKind, at: string, result:
      | { __typename: 'AccessCheck', offerId: string, country: string | null, accessGranted: boolean, grantType: string | null, expiresAt: string | null, checkedAt: string }
      | { __typename: 'InvalidInput', code: string, message: string }
      | { __typename: 'NotAllowed', code: string, message: string }
      | { __typename: 'NotFound', code: string, message: string }
      | { __typename: 'ProviderNotConfigured', code: string, message: string }
      | { __typename: 'ProviderRejected', code: string, message: string }
      | { __typename: 'ProviderUnavailable', code: string, message: string }
      | { __typename: 'RateLimited', code: string, message: string }
     } };

type Decision_AccessCheck_Fragment = { offerId: string, country: string | null, accessGranted: boolean, grantType: string | null, expiresAt: string | null, checkedAt: string };

type Decision_InvalidInput_Fragment = { code: string, message: string };

type Decision_NotAllowed_Fragment = { code: string, message: string };

type Decision_NotFound_Fragment = { code: string, message: string };

type Decision_ProviderNotConfigured_Fragment = { code: string, message: string };

type Decision_ProviderRejected_Fragment = { code: string, message: string };

type Decision_ProviderUnavailable_Fragment = { code: string, message: string };

type Decision_RateLimited_Fragment = { code: string, message: string };

export type DecisionFragment =
  | Decision_AccessCheck_Fragment
  | Decision_InvalidInput_Fragment
  | Decision_NotAllowed_Fragment
  | Decision_NotFound_Fragment
  | Decision_ProviderNotConfigured_Fragment
  | Decision_ProviderRejected_Fragment
  | Decision_ProviderUnavailable_Fragment
  | Decision_RateLimited_Fragment
;

export type SubmitBulkCallMutationVariables = Exact<{ [key: string]: never; }>;


export type SubmitBulkCallMutation = { submitBulkCall:
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'BulkCall', id: string, requestId: string | null, action: BulkAction | null, state: OperationState, outcome: Outcome | null, counts: { open: number, success: number, failure: number, internalError: number, unknown: number, total: number } }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type WatchBulkCallsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchBulkCallsSubscription = { operationsChanged: { cursor: string, at: string, revision: number, state: OperationState, outcome: Outcome | null, progress: { done: number, total: number, fraction: number }, operation:
      | { id: string, requestId: string | null, action: BulkAction | null, state: OperationState, outcome: Outcome | null, calls: { nodes: Array<{ position: number, identifierType: SubscriberIdentifierType | null, identifier: string | null, status: BulkCallStatus, revision: number }> }, counts: { open: number, success: number, failure: number, internalError: number, unknown: number, total: number } }
      | Record<PropertyKey, never>
     } };

export type FollowBulkCallMutationVariables = Exact<{ [key: string]: never; }>;


export type FollowBulkCallMutation = { followBulkCall:
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'BulkCall', id: string, requestId: string | null, action: BulkAction | null, state: OperationState, outcome: Outcome | null, counts: { open: number, success: number, failure: number, internalError: number, unknown: number, total: number } }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type BulkCallNowQueryVariables = Exact<{ [key: string]: never; }>;


export type BulkCallNowQuery = { bulkCall:
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'BulkCall', id: string, requestId: string | null, action: BulkAction | null, state: OperationState, outcome: Outcome | null, calls: { totalCount: number, nodes: Array<{ position: number, identifierType: SubscriberIdentifierType | null, identifier: string | null, status: BulkCallStatus, revision: number }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, counts: { open: number, success: number, failure: number, internalError: number, unknown: number, total: number } }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type BulkCallFactsFragment = { id: string, requestId: string | null, action: BulkAction | null, state: OperationState, outcome: Outcome | null, counts: { open: number, success: number, failure: number, internalError: number, unknown: number, total: number } };

export type SimFactsFragment = { position: number, identifierType: SubscriberIdentifierType | null, identifier: string | null, status: BulkCallStatus, revision: number };

type WhyNoBulkCall_AlreadyRunning_Fragment = { code: string, message: string };

type WhyNoBulkCall_InvalidInput_Fragment = { code: string, message: string, fields: Array<{ path: string, message: string }> };

type WhyNoBulkCall_NotAllowed_Fragment = { code: string, message: string };

type WhyNoBulkCall_NotFound_Fragment = { code: string, message: string };

type WhyNoBulkCall_ProviderNotConfigured_Fragment = { code: string, message: string };

type WhyNoBulkCall_ProviderRejected_Fragment = { code: string, message: string, fields: Array<{ path: string, message: string }> };

type WhyNoBulkCall_ProviderUnavailable_Fragment = { code: string, message: string };

type WhyNoBulkCall_RateLimited_Fragment = { code: string, message: string };

export type WhyNoBulkCallFragment =
  | WhyNoBulkCall_AlreadyRunning_Fragment
  | WhyNoBulkCall_InvalidInput_Fragment
  | WhyNoBulkCall_NotAllowed_Fragment
  | WhyNoBulkCall_NotFound_Fragment
  | WhyNoBulkCall_ProviderNotConfigured_Fragment
  | WhyNoBulkCall_ProviderRejected_Fragment
  | WhyNoBulkCall_ProviderUnavailable_Fragment
  | WhyNoBulkCall_RateLimited_Fragment
;

export type UnderWayQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type UnderWayQuery = { operations: { totalCount: number | null, nodes: Array<
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
    >, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type FailuresQueryVariables = Exact<{ [key: string]: never; }>;


export type FailuresQuery = { operations: { nodes: Array<
      | { settledAt: string | null, id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, timeline: { nodes: Array<{ revision: number, at: string, state: OperationState, providerStatus: string | null }> }, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { settledAt: string | null, id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, timeline: { nodes: Array<{ revision: number, at: string, state: OperationState, providerStatus: string | null }> }, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { settledAt: string | null, id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, timeline: { nodes: Array<{ revision: number, at: string, state: OperationState, providerStatus: string | null }> }, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { settledAt: string | null, id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, timeline: { nodes: Array<{ revision: number, at: string, state: OperationState, providerStatus: string | null }> }, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
    > } };

export type WatchEverythingSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type WatchEverythingSubscription = { operationsChanged: { cursor: string, kind: ChangeKind, at: string, revision: number, previousState: OperationState | null, state: OperationState, outcome: Outcome | null, operation:
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
     } };

export type WatchSuccessesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchSuccessesSubscription = { operationsChanged: { at: string, operation:
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
     } };

export type ProvidersQueryVariables = Exact<{ [key: string]: never; }>;


export type ProvidersQuery = { providers: Array<{ provider: Provider, configured: boolean, sandbox: boolean, circuit: CircuitState, budgetLeft: number | null, requestsLastMinute: number, errorsLastMinute: number, p95LatencyMs: number | null, openOperations: number }> };

export type OperationByIdQueryVariables = Exact<{
  id: string;
}>;


export type OperationByIdQuery = { node:
    | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
   | null };

export type RecheckMutationVariables = Exact<{
  id: string;
}>;


export type RecheckMutation = { recheck:
    | { __typename: 'BulkCall', id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'PartnerBatch', id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'PurchaseSync', id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'RateLimited', code: string, message: string }
    | { __typename: 'SurveyTransaction', id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
   };

export type UnfollowMutationVariables = Exact<{
  id: string;
}>;


export type UnfollowMutation = { unfollow:
    | { __typename: 'BulkCall', id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'PartnerBatch', id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'PurchaseSync', id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'RateLimited', code: string, message: string }
    | { __typename: 'SurveyTransaction', id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
   };

type OperationFacts_BulkCall_Fragment = { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
   | null };

type OperationFacts_PartnerBatch_Fragment = { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
   | null };

type OperationFacts_PurchaseSync_Fragment = { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
   | null };

type OperationFacts_SurveyTransaction_Fragment = { id: string, kind: OperationKind, provider: Provider, state: OperationState, outcome: Outcome | null, providerStatus: string | null, revision: number, followed: boolean, checkedAt: string | null, nextCheckAt: string | null, tags: Array<string>, progress: { done: number, total: number, succeeded: number, failed: number }, problem:
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
   | null };

export type OperationFactsFragment =
  | OperationFacts_BulkCall_Fragment
  | OperationFacts_PartnerBatch_Fragment
  | OperationFacts_PurchaseSync_Fragment
  | OperationFacts_SurveyTransaction_Fragment
;

export type CreatePartnerClientsMutationVariables = Exact<{ [key: string]: never; }>;


export type CreatePartnerClientsMutation = { createPartnerClients:
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'PartnerBatch', id: string, statusCheckId: string | null, state: OperationState, outcome: Outcome | null, counts: { pending: number, duplicate: number, conflict: number, failed: number, completed: number, unknown: number, total: number } }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type WatchPartnerBatchesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchPartnerBatchesSubscription = { operationsChanged: { cursor: string, at: string, revision: number, state: OperationState, outcome: Outcome | null, operation:
      | { id: string, statusCheckId: string | null, state: OperationState, outcome: Outcome | null, items: { nodes: Array<{ position: number, partnerClientId: string | null, state: PartnerItemState, validationErrors: Array<string>, revision: number }> }, counts: { pending: number, duplicate: number, conflict: number, failed: number, completed: number, unknown: number, total: number } }
      | Record<PropertyKey, never>
     } };

export type ToMendQueryVariables = Exact<{ [key: string]: never; }>;


export type ToMendQuery = { operations: { nodes: Array<
      | { id: string, statusCheckId: string | null, state: OperationState, outcome: Outcome | null, items: { totalCount: number, nodes: Array<{ data: Record<string, unknown>, position: number, partnerClientId: string | null, state: PartnerItemState, validationErrors: Array<string>, revision: number }> }, counts: { pending: number, duplicate: number, conflict: number, failed: number, completed: number, unknown: number, total: number } }
      | Record<PropertyKey, never>
    > } };

export type PartnerBatchNowQueryVariables = Exact<{
  statusCheckId: string;
}>;


export type PartnerBatchNowQuery = { partnerBatch:
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'PartnerBatch', id: string, statusCheckId: string | null, state: OperationState, outcome: Outcome | null, counts: { pending: number, duplicate: number, conflict: number, failed: number, completed: number, unknown: number, total: number } }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type PartnerBatchFactsFragment = { id: string, statusCheckId: string | null, state: OperationState, outcome: Outcome | null, counts: { pending: number, duplicate: number, conflict: number, failed: number, completed: number, unknown: number, total: number } };

export type MerchantFactsFragment = { position: number, partnerClientId: string | null, state: PartnerItemState, validationErrors: Array<string>, revision: number };

type WhyNoPartnerBatch_AlreadyRunning_Fragment = { code: string, message: string };

type WhyNoPartnerBatch_InvalidInput_Fragment = { code: string, message: string, fields: Array<{ path: string, message: string }> };

type WhyNoPartnerBatch_NotAllowed_Fragment = { code: string, message: string };

type WhyNoPartnerBatch_NotFound_Fragment = { code: string, message: string };

type WhyNoPartnerBatch_ProviderNotConfigured_Fragment = { code: string, message: string };

type WhyNoPartnerBatch_ProviderRejected_Fragment = { code: string, message: string };

type WhyNoPartnerBatch_ProviderUnavailable_Fragment = { code: string, message: string };

type WhyNoPartnerBatch_RateLimited_Fragment = { code: string, message: string };

export type WhyNoPartnerBatchFragment =
  | WhyNoPartnerBatch_AlreadyRunning_Fragment
  | WhyNoPartnerBatch_InvalidInput_Fragment
  | WhyNoPartnerBatch_NotAllowed_Fragment
  | WhyNoPartnerBatch_NotFound_Fragment
  | WhyNoPartnerBatch_ProviderNotConfigured_Fragment
  | WhyNoPartnerBatch_ProviderRejected_Fragment
  | WhyNoPartnerBatch_ProviderUnavailable_Fragment
  | WhyNoPartnerBatch_RateLimited_Fragment
;

export type RegisterPurchaseMutationVariables = Exact<{ [key: string]: never; }>;


export type RegisterPurchaseMutation = { registerPurchase:
    | { __typename: 'AlreadyRunning', code: string, message: string, operation:
        | { id: string, synchronizationId: string, state: OperationState, outcome: Outcome | null, settled: boolean, providerStatus: string | null, accessGranted: boolean | null, offerId: string | null, result: string | null, problem:
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
            | { code: string, message: string }
           | null }
        | Record<PropertyKey, never>
       | null }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'PurchaseSync', id: string, synchronizationId: string, state: OperationState, outcome: Outcome | null, settled: boolean, providerStatus: string | null, accessGranted: boolean | null, offerId: string | null, result: string | null, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type WatchPurchasesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchPurchasesSubscription = { operationsChanged: { cursor: string, kind: ChangeKind, at: string, previousState: OperationState | null, state: OperationState, outcome: Outcome | null, operation:
      | { id: string, synchronizationId: string, state: OperationState, outcome: Outcome | null, settled: boolean, providerStatus: string | null, accessGranted: boolean | null, offerId: string | null, result: string | null, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | Record<PropertyKey, never>
     } };

export type WatchPurchaseSubscriptionVariables = Exact<{
  ids: Array<string> | string;
  after?: string | null | undefined;
}>;


export type WatchPurchaseSubscription = { operationChanged: { cursor: string, kind: ChangeKind, at: string, revision: number, state: OperationState, outcome: Outcome | null, operation:
      | { id: string, synchronizationId: string, state: OperationState, outcome: Outcome | null, settled: boolean, providerStatus: string | null, accessGranted: boolean | null, offerId: string | null, result: string | null, problem:
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
          | { code: string, message: string }
         | null }
      | Record<PropertyKey, never>
     } };

export type RegisterPurchaseOnceMutationVariables = Exact<{ [key: string]: never; }>;


export type RegisterPurchaseOnceMutation = { registerPurchase:
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'PurchaseSync', id: string, synchronizationId: string, state: OperationState, outcome: Outcome | null, settled: boolean, providerStatus: string | null, accessGranted: boolean | null, offerId: string | null, result: string | null, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type PurchaseNowQueryVariables = Exact<{ [key: string]: never; }>;


export type PurchaseNowQuery = { purchaseSync:
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'PurchaseSync', checkedAt: string | null, nextCheckAt: string | null, id: string, synchronizationId: string, state: OperationState, outcome: Outcome | null, settled: boolean, providerStatus: string | null, accessGranted: boolean | null, offerId: string | null, result: string | null, timeline: { nodes: Array<{ at: string, revision: number, state: OperationState, outcome: Outcome | null, providerStatus: string | null }> }, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type TransferPurchaseMutationVariables = Exact<{ [key: string]: never; }>;


export type TransferPurchaseMutation = { transferPurchase:
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'PurchaseSync', id: string, synchronizationId: string, state: OperationState, outcome: Outcome | null, settled: boolean, providerStatus: string | null, accessGranted: boolean | null, offerId: string | null, result: string | null, problem:
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
        | { code: string, message: string }
       | null }
    | { __typename: 'RateLimited', code: string, message: string }
   };

export type PurchaseFactsFragment = { id: string, synchronizationId: string, state: OperationState, outcome: Outcome | null, settled: boolean, providerStatus: string | null, accessGranted: boolean | null, offerId: string | null, result: string | null, problem:
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
    | { code: string, message: string }
   | null };

export type FollowTransactionMutationVariables = Exact<{ [key: string]: never; }>;


export type FollowTransactionMutation = { followSurveyTransaction:
    | { __typename: 'AlreadyFinal', code: string, message: string }
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
    | { __typename: 'SurveyTransaction', id: string, surveyId: string, transactionId: string, state: OperationState, outcome: Outcome | null, status: SurveyTransactionStatus | null, statusCode: number | null, changeable: boolean }
   };

export type WatchTransactionsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchTransactionsSubscription = { operationsChanged: { cursor: string, at: string, previousState: OperationState | null, state: OperationState, outcome: Outcome | null, operation:
      | { id: string, surveyId: string, transactionId: string, state: OperationState, outcome: Outcome | null, status: SurveyTransactionStatus | null, statusCode: number | null, changeable: boolean }
      | Record<PropertyKey, never>
     } };

export type SetTransactionStatusMutationVariables = Exact<{ [key: string]: never; }>;


export type SetTransactionStatusMutation = { setSurveyTransactionStatus:
    | { __typename: 'AlreadyFinal', code: string, message: string, operation: { id: string, surveyId: string, transactionId: string, state: OperationState, outcome: Outcome | null, status: SurveyTransactionStatus | null, statusCode: number | null, changeable: boolean } | null }
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
    | { __typename: 'SurveyTransaction', id: string, surveyId: string, transactionId: string, state: OperationState, outcome: Outcome | null, status: SurveyTransactionStatus | null, statusCode: number | null, changeable: boolean }
   };

export type TransactionNowQueryVariables = Exact<{ [key: string]: never; }>;


export type TransactionNowQuery = { surveyTransaction:
    | { __typename: 'AlreadyFinal', code: string, message: string }
    | { __typename: 'AlreadyRunning', code: string, message: string }
    | { __typename: 'InvalidInput', code: string, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'NotAllowed', code: string, message: string }
    | { __typename: 'NotFound', code: string, message: string }
    | { __typename: 'ProviderNotConfigured', code: string, message: string }
    | { __typename: 'ProviderRejected', code: string, message: string }
    | { __typename: 'ProviderUnavailable', code: string, message: string }
    | { __typename: 'RateLimited', code: string, message: string }
    | { __typename: 'SurveyTransaction', id: string, surveyId: string, transactionId: string, state: OperationState, outcome: Outcome | null, status: SurveyTransactionStatus | null, statusCode: number | null, changeable: boolean }
   };

export type TransactionFactsFragment = { id: string, surveyId: string, transactionId: string, state: OperationState, outcome: Outcome | null, status: SurveyTransactionStatus | null, statusCode: number | null, changeable: boolean };

type WhyNoTransaction_AlreadyFinal_Fragment = { code: string, message: string };

type WhyNoTransaction_AlreadyRunning_Fragment = { code: string, message: string };

type WhyNoTransaction_InvalidInput_Fragment = { code: string, message: string, fields: Array<{ path: string, message: string }> };

type WhyNoTransaction_NotAllowed_Fragment = { code: string, message: string };

type WhyNoTransaction_NotFound_Fragment = { code: string, message: string };

type WhyNoTransaction_ProviderNotConfigured_Fragment = { code: string, message: string };

type WhyNoTransaction_ProviderRejected_Fragment = { code: string, message: string };

type WhyNoTransaction_ProviderUnavailable_Fragment = { code: string, message: string };

type WhyNoTransaction_RateLimited_Fragment = { code: string, message: string };

export type WhyNoTransactionFragment =
  | WhyNoTransaction_AlreadyFinal_Fragment
  | WhyNoTransaction_AlreadyRunning_Fragment
  | WhyNoTransaction_InvalidInput_Fragment
  | WhyNoTransaction_NotAllowed_Fragment
  | WhyNoTransaction_NotFound_Fragment
  | WhyNoTransaction_ProviderNotConfigured_Fragment
  | WhyNoTransaction_ProviderRejected_Fragment
  | WhyNoTransaction_ProviderUnavailable_Fragment
  | WhyNoTransaction_RateLimited_Fragment
;

export const DecisionFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Decision"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccessResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccessCheck"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"country"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"grantType"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<DecisionFragment, unknown>;
export const BulkCallFactsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkCallFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"requestId"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"open"}},{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"failure"}},{"kind":"Field","name":{"kind":"Name","value":"internalError"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}}]} as unknown as DocumentNode<BulkCallFactsFragment, unknown>;
export const SimFactsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SimFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCallItem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"identifierType"}},{"kind":"Field","name":{"kind":"Name","value":"identifier"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}}]} as unknown as DocumentNode<SimFactsFragment, unknown>;
export const WhyNoBulkCallFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoBulkCall"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCallResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ProviderRejected"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<WhyNoBulkCallFragment, unknown>;
export const OperationFactsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"followed"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<OperationFactsFragment, unknown>;
export const PartnerBatchFactsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PartnerBatchFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatch"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"statusCheckId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"duplicate"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}}]} as unknown as DocumentNode<PartnerBatchFactsFragment, unknown>;
export const MerchantFactsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MerchantFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerItem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"partnerClientId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"validationErrors"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}}]} as unknown as DocumentNode<MerchantFactsFragment, unknown>;
export const WhyNoPartnerBatchFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoPartnerBatch"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatchResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<WhyNoPartnerBatchFragment, unknown>;
export const PurchaseFactsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PurchaseFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PurchaseSync"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"synchronizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"settled"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"result"}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<PurchaseFactsFragment, unknown>;
export const TransactionFactsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TransactionFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransaction"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"surveyId"}},{"kind":"Field","name":{"kind":"Name","value":"transactionId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"statusCode"}},{"kind":"Field","name":{"kind":"Name","value":"changeable"}}]}}]} as unknown as DocumentNode<TransactionFactsFragment, unknown>;
export const WhyNoTransactionFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoTransaction"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransactionResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<WhyNoTransactionFragment, unknown>;
export const AccessDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Access"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"offerId"},"value":{"kind":"StringValue","value":"S580476507","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"ipAddress"},"value":{"kind":"StringValue","value":"203.0.113.7","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Decision"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Decision"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccessResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccessCheck"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"country"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"grantType"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<AccessQuery, AccessQueryVariables>;
export const AccessManyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"AccessMany"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accessMany"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"offerIds"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"S580476507","block":false},{"kind":"StringValue","value":"S580476507_DE","block":false},{"kind":"StringValue","value":"S404404404","block":false}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Decision"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Decision"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccessResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccessCheck"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"country"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"grantType"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<AccessManyQuery, AccessManyQueryVariables>;
export const WatchAccessDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchAccess"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accessChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"offerIds"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"S580476507","block":false}]}},{"kind":"Argument","name":{"kind":"Name","value":"customerToken"},"value":{"kind":"StringValue","value":"sandbox-customer-soon","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"result"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Decision"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Decision"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccessResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccessCheck"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"country"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"grantType"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<WatchAccessSubscription, WatchAccessSubscriptionVariables>;
export const SubmitBulkCallDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SubmitBulkCall"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"submitBulkCall"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"SUBSCRIBER_STATUS"}},{"kind":"ObjectField","name":{"kind":"Name","value":"nodes"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"identifierType"},"value":{"kind":"EnumValue","value":"IMSI"}},{"kind":"ObjectField","name":{"kind":"Name","value":"identifier"},"value":{"kind":"StringValue","value":"001010000000001","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"status"},"value":{"kind":"EnumValue","value":"SUSPEND"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"identifierType"},"value":{"kind":"EnumValue","value":"IMSI"}},{"kind":"ObjectField","name":{"kind":"Name","value":"identifier"},"value":{"kind":"StringValue","value":"001010000000002","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"status"},"value":{"kind":"EnumValue","value":"SUSPEND"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"identifierType"},"value":{"kind":"EnumValue","value":"IMSI"}},{"kind":"ObjectField","name":{"kind":"Name","value":"identifier"},"value":{"kind":"StringValue","value":"001010000009013","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"status"},"value":{"kind":"EnumValue","value":"SUSPEND"}}]}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"tags"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"example","block":false}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"BulkCallFacts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"WhyNoBulkCall"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkCallFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"requestId"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"open"}},{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"failure"}},{"kind":"Field","name":{"kind":"Name","value":"internalError"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoBulkCall"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCallResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ProviderRejected"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<SubmitBulkCallMutation, SubmitBulkCallMutationVariables>;
export const WatchBulkCallsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchBulkCalls"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationsChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"kinds"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"BULK_CALL"}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"fraction"}}]}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BulkCallFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"calls"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"changedOnly"},"value":{"kind":"BooleanValue","value":true}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SimFacts"}}]}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkCallFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"requestId"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"open"}},{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"failure"}},{"kind":"Field","name":{"kind":"Name","value":"internalError"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SimFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCallItem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"identifierType"}},{"kind":"Field","name":{"kind":"Name","value":"identifier"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}}]} as unknown as DocumentNode<WatchBulkCallsSubscription, WatchBulkCallsSubscriptionVariables>;
export const FollowBulkCallDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"FollowBulkCall"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"followBulkCall"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"requestId"},"value":{"kind":"StringValue","value":"elsewhere-example","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"tags"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"example","block":false}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"BulkCallFacts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"WhyNoBulkCall"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkCallFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"requestId"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"open"}},{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"failure"}},{"kind":"Field","name":{"kind":"Name","value":"internalError"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoBulkCall"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCallResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ProviderRejected"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<FollowBulkCallMutation, FollowBulkCallMutationVariables>;
export const BulkCallNowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"BulkCallNow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"bulkCall"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"requestId"},"value":{"kind":"StringValue","value":"elsewhere-example","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"BulkCallFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"calls"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"3"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SimFacts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"WhyNoBulkCall"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkCallFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"requestId"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"open"}},{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"failure"}},{"kind":"Field","name":{"kind":"Name","value":"internalError"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SimFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCallItem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"identifierType"}},{"kind":"Field","name":{"kind":"Name","value":"identifier"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoBulkCall"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkCallResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ProviderRejected"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<BulkCallNowQuery, BulkCallNowQueryVariables>;
export const UnderWayDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UnderWay"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"states"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"PENDING"},{"kind":"EnumValue","value":"RUNNING"},{"kind":"EnumValue","value":"RETRYING"}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationFacts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"followed"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<UnderWayQuery, UnderWayQueryVariables>;
export const FailuresDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Failures"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"tags"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"example","block":false}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"outcomes"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"PARTIAL"},{"kind":"EnumValue","value":"FAILED"},{"kind":"EnumValue","value":"ABANDONED"}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationFacts"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeline"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"followed"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<FailuresQuery, FailuresQueryVariables>;
export const WatchEverythingDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchEverything"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Cursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationsChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"previousState"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationFacts"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"followed"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<WatchEverythingSubscription, WatchEverythingSubscriptionVariables>;
export const WatchSuccessesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchSuccesses"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationsChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"outcomes"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SUCCEEDED"}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationFacts"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"followed"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<WatchSuccessesSubscription, WatchSuccessesSubscriptionVariables>;
export const ProvidersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Providers"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"providers"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"configured"}},{"kind":"Field","name":{"kind":"Name","value":"sandbox"}},{"kind":"Field","name":{"kind":"Name","value":"circuit"}},{"kind":"Field","name":{"kind":"Name","value":"budgetLeft"}},{"kind":"Field","name":{"kind":"Name","value":"requestsLastMinute"}},{"kind":"Field","name":{"kind":"Name","value":"errorsLastMinute"}},{"kind":"Field","name":{"kind":"Name","value":"p95LatencyMs"}},{"kind":"Field","name":{"kind":"Name","value":"openOperations"}}]}}]}}]} as unknown as DocumentNode<ProvidersQuery, ProvidersQueryVariables>;
export const OperationByIdDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"OperationById"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationFacts"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"followed"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<OperationByIdQuery, OperationByIdQueryVariables>;
export const RecheckDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Recheck"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recheck"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"followed"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<RecheckMutation, RecheckMutationVariables>;
export const UnfollowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Unfollow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unfollow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"followed"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"tags"}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<UnfollowMutation, UnfollowMutationVariables>;
export const CreatePartnerClientsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreatePartnerClients"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createPartnerClients"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"clients"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"partnerClientId"},"value":{"kind":"StringValue","value":"bakery","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"clientStartDate"},"value":{"kind":"StringValue","value":"2024-03-31T00:00:00Z","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"entityType"},"value":{"kind":"StringValue","value":"SoleTrader","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"otherIdentifiers"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"terminal","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"values"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"T-100","block":false},{"kind":"StringValue","value":"T-101","block":false}]}}]}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"partnerClientId"},"value":{"kind":"StringValue","value":"bakery","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"clientStartDate"},"value":{"kind":"StringValue","value":"2024-03-31T00:00:00Z","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"entityType"},"value":{"kind":"StringValue","value":"SoleTrader","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"otherIdentifiers"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"terminal","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"values"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"T-100","block":false},{"kind":"StringValue","value":"T-101","block":false}]}}]}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"partnerClientId"},"value":{"kind":"StringValue","value":"florist","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"clientStartDate"},"value":{"kind":"StringValue","value":"2023-01-01T00:00:00Z","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"entityType"},"value":{"kind":"StringValue","value":"SoleTrader","block":false}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"partnerClientId"},"value":{"kind":"StringValue","value":"florist","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"clientStartDate"},"value":{"kind":"StringValue","value":"2023-01-01T00:00:00Z","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"entityType"},"value":{"kind":"StringValue","value":"Partnership","block":false}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"partnerClientId"},"value":{"kind":"StringValue","value":"garage","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"entityType"},"value":{"kind":"StringValue","value":"SoleTrader","block":false}}]}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"tags"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"example","block":false}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PartnerBatchFacts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"WhyNoPartnerBatch"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PartnerBatchFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatch"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"statusCheckId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"duplicate"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoPartnerBatch"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatchResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<CreatePartnerClientsMutation, CreatePartnerClientsMutationVariables>;
export const WatchPartnerBatchesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchPartnerBatches"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationsChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"kinds"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"PARTNER_BATCH"}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PartnerBatchFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatch"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"changedOnly"},"value":{"kind":"BooleanValue","value":true}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"MerchantFacts"}}]}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PartnerBatchFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatch"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"statusCheckId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"duplicate"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MerchantFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerItem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"partnerClientId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"validationErrors"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}}]} as unknown as DocumentNode<WatchPartnerBatchesSubscription, WatchPartnerBatchesSubscriptionVariables>;
export const ToMendDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ToMend"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"kinds"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"PARTNER_BATCH"}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PartnerBatchFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatch"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"state"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"FAILED"},{"kind":"EnumValue","value":"CONFLICT"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"MerchantFacts"}},{"kind":"Field","name":{"kind":"Name","value":"data"}}]}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PartnerBatchFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatch"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"statusCheckId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"duplicate"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MerchantFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerItem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"partnerClientId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"validationErrors"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}}]} as unknown as DocumentNode<ToMendQuery, ToMendQueryVariables>;
export const PartnerBatchNowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PartnerBatchNow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"statusCheckId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"partnerBatch"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"statusCheckId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"statusCheckId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PartnerBatchFacts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"WhyNoPartnerBatch"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PartnerBatchFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatch"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"statusCheckId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"duplicate"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoPartnerBatch"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PartnerBatchResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<PartnerBatchNowQuery, PartnerBatchNowQueryVariables>;
export const RegisterPurchaseDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RegisterPurchase"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"registerPurchase"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"customerId"},"value":{"kind":"StringValue","value":"123456789","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"transactionId"},"value":{"kind":"StringValue","value":"GPA.3345-0001-retrying","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"ipAddress"},"value":{"kind":"StringValue","value":"203.0.113.7","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"tags"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"example","block":false}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PurchaseFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AlreadyRunning"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PurchaseFacts"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PurchaseFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PurchaseSync"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"synchronizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"settled"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"result"}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<RegisterPurchaseMutation, RegisterPurchaseMutationVariables>;
export const WatchPurchasesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchPurchases"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationsChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"kinds"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"PURCHASE_SYNC"}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"previousState"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PurchaseFacts"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PurchaseFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PurchaseSync"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"synchronizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"settled"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"result"}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<WatchPurchasesSubscription, WatchPurchasesSubscriptionVariables>;
export const WatchPurchaseDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchPurchase"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Cursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PurchaseFacts"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PurchaseFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PurchaseSync"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"synchronizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"settled"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"result"}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<WatchPurchaseSubscription, WatchPurchaseSubscriptionVariables>;
export const RegisterPurchaseOnceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RegisterPurchaseOnce"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"registerPurchase"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"customerId"},"value":{"kind":"StringValue","value":"123456789","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"transactionId"},"value":{"kind":"StringValue","value":"GPA.3345-0002","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"ipAddress"},"value":{"kind":"StringValue","value":"203.0.113.7","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"correlationId"},"value":{"kind":"StringValue","value":"example-purchase","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"StringValue","value":"example-purchase","block":false}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PurchaseFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PurchaseFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PurchaseSync"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"synchronizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"settled"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"result"}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<RegisterPurchaseOnceMutation, RegisterPurchaseOnceMutationVariables>;
export const PurchaseNowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PurchaseNow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"purchaseSync"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"synchronizationId"},"value":{"kind":"StringValue","value":"example-purchase","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"maxAgeSeconds"},"value":{"kind":"IntValue","value":"2"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PurchaseFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PurchaseSync"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"timeline"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PurchaseFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PurchaseSync"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"synchronizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"settled"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"result"}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<PurchaseNowQuery, PurchaseNowQueryVariables>;
export const TransferPurchaseDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"TransferPurchase"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"transferPurchase"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"customerId"},"value":{"kind":"StringValue","value":"987654321","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"transactionId"},"value":{"kind":"StringValue","value":"GPA.3345-0003-transferred","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"ipAddress"},"value":{"kind":"StringValue","value":"203.0.113.7","block":false}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PurchaseFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PurchaseFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PurchaseSync"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"synchronizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"settled"}},{"kind":"Field","name":{"kind":"Name","value":"providerStatus"}},{"kind":"Field","name":{"kind":"Name","value":"accessGranted"}},{"kind":"Field","name":{"kind":"Name","value":"offerId"}},{"kind":"Field","name":{"kind":"Name","value":"result"}},{"kind":"Field","name":{"kind":"Name","value":"problem"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<TransferPurchaseMutation, TransferPurchaseMutationVariables>;
export const FollowTransactionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"FollowTransaction"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"followSurveyTransaction"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"surveyId"},"value":{"kind":"StringValue","value":"survey-1","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"transactionId"},"value":{"kind":"StringValue","value":"respondent-1","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"tags"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"example","block":false}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"TransactionFacts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"WhyNoTransaction"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TransactionFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransaction"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"surveyId"}},{"kind":"Field","name":{"kind":"Name","value":"transactionId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"statusCode"}},{"kind":"Field","name":{"kind":"Name","value":"changeable"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoTransaction"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransactionResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<FollowTransactionMutation, FollowTransactionMutationVariables>;
export const WatchTransactionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchTransactions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationsChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"kinds"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SURVEY_TRANSACTION"}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"previousState"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"TransactionFacts"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TransactionFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransaction"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"surveyId"}},{"kind":"Field","name":{"kind":"Name","value":"transactionId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"statusCode"}},{"kind":"Field","name":{"kind":"Name","value":"changeable"}}]}}]} as unknown as DocumentNode<WatchTransactionsSubscription, WatchTransactionsSubscriptionVariables>;
export const SetTransactionStatusDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SetTransactionStatus"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setSurveyTransactionStatus"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"surveyId"},"value":{"kind":"StringValue","value":"survey-1","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"transactionId"},"value":{"kind":"StringValue","value":"respondent-2-open","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"status"},"value":{"kind":"EnumValue","value":"COMPLETE"}},{"kind":"ObjectField","name":{"kind":"Name","value":"quotaIds"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"101","block":false},{"kind":"StringValue","value":"102","block":false}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"TransactionFacts"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AlreadyFinal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"TransactionFacts"}}]}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"WhyNoTransaction"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TransactionFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransaction"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"surveyId"}},{"kind":"Field","name":{"kind":"Name","value":"transactionId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"statusCode"}},{"kind":"Field","name":{"kind":"Name","value":"changeable"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoTransaction"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransactionResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<SetTransactionStatusMutation, SetTransactionStatusMutationVariables>;
export const TransactionNowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"TransactionNow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"surveyTransaction"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"surveyId"},"value":{"kind":"StringValue","value":"survey-1","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"transactionId"},"value":{"kind":"StringValue","value":"respondent-3-final","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"TransactionFacts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"WhyNoTransaction"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TransactionFacts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransaction"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"surveyId"}},{"kind":"Field","name":{"kind":"Name","value":"transactionId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"statusCode"}},{"kind":"Field","name":{"kind":"Name","value":"changeable"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WhyNoTransaction"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SurveyTransactionResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Problem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<TransactionNowQuery, TransactionNowQueryVariables>;